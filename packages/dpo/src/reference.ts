import {
  type Compile,
  InvalidArgumentError,
  type Observations,
  type PreferenceBatch,
  type PreferencePair,
  type ReferencePolicy,
  type TextBatch,
  type TextExample,
  type TextObservations,
} from "@accord-rl/core";
import { cutRows } from "@accord-rl/math";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type PreferenceOptions, resolvePreferenceOptions } from "./options.ts";
import {
  createLayOut,
  createScorer,
  type LayOut,
  type LayOutPart,
  type ResponseDecisions,
} from "./responses.ts";

/** The log-probabilities of a frozen reference, worked out beforehand: its model is not needed any more. */
export interface PrecomputedReference {
  /** Σ log π_ref over the response, nats. @throws InvalidArgumentError for a text that was not among the pairs. */
  logProbOf(text: TextExample): number;
}

/** All preferred responses, then all rejected ones. @throws InvalidArgumentError where it is not known where they begin. */
export const responsesOf = (where: string, pairs: PreferenceBatch): TextExample[] => {
  const example = (side: "preferred" | "rejected") => (pair: PreferencePair, index: number) => {
    const { completionStart } = pair;
    if (completionStart !== undefined) return { tokens: pair[side], completionStart };
    const message = `${where}: batch[${index}].completionStart is missing, expected the index of the first response token`;
    throw new InvalidArgumentError({ argument: "batch", value: pair, message });
  };
  return [...pairs.map(example("preferred")), ...pairs.map(example("rejected"))];
};

const keyOf = ({ tokens, completionStart }: TextExample): string =>
  `${completionStart}:${Array.from(tokens).join()}`;

/**
 * Evaluates a reference once on all pairs of a data set, where `createDpo` would do so at each update.
 *
 * The reference can be disposed of afterwards. Only for one that stays as it is.
 */
export const precomputeReference = async <Obs extends Observations = TextObservations>(
  parts: {
    readonly reference: ReferencePolicy<Obs>;
    readonly pairs: PreferenceBatch;
    readonly compile?: Compile;
    readonly options?: Partial<PreferenceOptions>;
  } & LayOutPart<Obs>,
): Promise<PrecomputedReference> => {
  const where = "precomputeReference";
  const options = resolvePreferenceOptions(where, parts.options);
  const layOut = createLayOut(parts.layOut as LayOut<Obs> | undefined, options);
  const score = createScorer(parts.reference, parts.compile, where);
  const known = new Map<string, number>();
  const texts = responsesOf(where, parts.pairs);
  for (const some of cutRows(texts, options.microBatchSize ?? texts.length)) {
    const logProbs = tf.tidy(() => score(layOut(some)));
    const read = await logProbs.data();
    logProbs.dispose();
    for (const [i, text] of some.entries()) known.set(keyOf(text), read[i]!);
  }
  return {
    logProbOf: (text) => {
      const logProb = known.get(keyOf(text));
      if (logProb !== undefined) return logProb;
      const message = `${where}: a response of ${text.tokens.length - text.completionStart} tokens was not among the pairs; precompute the reference on all that is learned from`;
      throw new InvalidArgumentError({ argument: "batch", value: text, message });
    },
  };
};

/** [B] log-probs of the reference, from wherever they are. */
export type ReferenceScorer<Obs extends Observations> = (
  texts: TextBatch,
  decisions: ResponseDecisions<Obs>,
) => Tensor1D;

export const createReferenceScorer = <Obs extends Observations>(
  reference: ReferencePolicy<Obs> | PrecomputedReference,
  compile: Compile | undefined,
): ReferenceScorer<Obs> => {
  if ("logProbOf" in reference) {
    return (texts) => tf.tensor1d(Float32Array.from(texts, (text) => reference.logProbOf(text)));
  }
  const score = createScorer(reference, compile, "reference");
  return (_, decisions) => tf.tidy(() => score(decisions));
};
