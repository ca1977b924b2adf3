import type { Disposable, Parameters, Random } from "@accord-rl/core";
import { mergeParameters } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { createVocabularyHead } from "./vocabulary-head.ts";

/** Two Q functions over the vocabulary with slow copies, and V, on top of a language model's hidden states. */
export interface IlqlHeads extends Disposable {
  /** Of Q₁, Q₂ and V: what is trained. */
  readonly parameters: Parameters;
  /** Of Q̂₁ and Q̂₂, by the names that `parameters` has for Q₁ and Q₂. */
  readonly targetParameters: Parameters;
  /** @param hidden [..., D]. @returns [...] V(s). */
  values(hidden: Tensor): Tensor;
  /** @returns [...] Q_i(s, a) and, where asked for, log softmax(Q_i(s, ·))(a). */
  evaluate(
    hidden: Tensor,
    actions: Tensor,
    logSoftmaxAt?: (logits: Tensor, ids: Tensor) => Tensor,
  ): { q: Tensor; logShare: Tensor | undefined }[];
  /** @returns [...] min(Q̂₁, Q̂₂)(s, a). */
  targets(hidden: Tensor, actions: Tensor): Tensor;
  /** @returns [..., V] min(Q̂₁, Q̂₂)(s, ·). */
  allTargets(hidden: Tensor): Tensor;
}

export const createIlqlHeads = (options: {
  /** D. */
  readonly width: number;
  readonly vocabularySize: number;
  readonly hiddenWidth: number | null;
  readonly random: Random;
}): IlqlHeads => {
  const { width, vocabularySize, hiddenWidth } = options;
  const make = (outputs: number, name: string) =>
    createVocabularyHead({ width, outputs, hiddenWidth, random: options.random.fork(name) });
  // A fork gives the same numbers each time: the copies start as their originals.
  const pair = () => [make(vocabularySize, "q1"), make(vocabularySize, "q2")] as const;
  const [online, slow, value] = [pair(), pair(), make(1, "v")];
  const named = ([q1, q2]: typeof online): Readonly<Record<string, Parameters>> => ({
    q1: q1.parameters,
    q2: q2.parameters,
  });
  const smaller = (of: (head: (typeof slow)[number]) => Tensor): Tensor =>
    tf.tidy(() => tf.minimum(of(slow[0]), of(slow[1])));
  return {
    parameters: mergeParameters(named(online), { v: value.parameters }),
    targetParameters: mergeParameters(named(slow)),
    values: (hidden) =>
      tf.tidy(() => tf.reshape(value.all(value.features(hidden)), hidden.shape.slice(0, -1))),
    evaluate: (hidden, actions, logSoftmaxAt) =>
      online.map((head) => {
        const features = head.features(hidden);
        return {
          q: head.selected(features, actions),
          logShare: logSoftmaxAt?.(head.all(features), actions),
        };
      }),
    targets: (hidden, actions) => smaller((head) => head.selected(head.features(hidden), actions)),
    allTargets: (hidden) => smaller((head) => head.all(head.features(hidden))),
    dispose: () => {
      for (const head of [...online, ...slow, value]) head.dispose();
    },
  };
};
