import {
  type Compile,
  disposeRollout,
  type Random,
  type ReferencePolicy,
  type RewardSource,
  type TextObservations,
  type Tokenizer,
  type ValueFunction,
} from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import type { TextPolicy } from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import { createPpo } from "@accord-rl/ppo";
import { asRewardSource, type RewardModel } from "@accord-rl/reward-model";
import { createStopwatch } from "./stopwatch.ts";
import { workload } from "./workload.ts";

/** Token numbers as text: nothing here looks at words. */
const numberTokenizer = (vocabularySize: number): Tokenizer => ({
  vocabularySize,
  beginToken: null,
  endToken: null,
  encode: (text) => text.split(" ").map(Number),
  decode: (tokens) => Array.from(tokens).join(" "),
});

/** What an iteration computes with. */
export interface IterationModels {
  readonly policy: TextPolicy;
  readonly reference: ReferencePolicy<TextObservations>;
  readonly values: ValueFunction<TextObservations>;
  readonly reward: RewardModel;
}

/** The numbers of an iteration. */
export interface IterationSettings {
  readonly newTokens: number;
  readonly klCoefficient: number;
  readonly learningRate: number;
  readonly epsilon: number;
  readonly epochs: number;
  readonly clipEpsilon: number;
  readonly valueClipEpsilon: number;
  readonly valueCoefficient: number;
  readonly gaeLambda: number;
  /** Default: the whole batch. */
  readonly microBatchSize?: number;
}

/** What an iteration needs and how long its parts take, with this project's packages. */
export const createOurs = (
  { policy, reference, values, reward }: IterationModels,
  {
    random,
    compile,
    settings = workload,
    newTokens = settings.newTokens,
  }: {
    readonly random: Random;
    readonly compile: Compile;
    readonly settings?: IterationSettings;
    readonly newTokens?: number;
  },
) => {
  const scoring = createStopwatch();
  const tokenizer = numberTokenizer(policy.model.vocabularySize);
  const regularizer = createKlRegularizer({
    reference,
    estimator: k1,
    coefficient: fixed(settings.klCoefficient),
  });
  const score = asRewardSource(reward);
  const source: RewardSource = (samples) => scoring.during(async () => score(samples));
  const { learningRate, epsilon, epochs, clipEpsilon, valueClipEpsilon, valueCoefficient, gaeLambda } =
    settings;
  const ppo = createPpo({
    policy,
    values: { ...values, valuesAndNext: scoring.mark(values.valuesAndNext) },
    regularizer: {
      ...regularizer,
      coefficient: settings.klCoefficient,
      evaluateReference: scoring.mark(regularizer.evaluateReference),
    },
    optimizer: adam({ learningRate, epsilon }),
    random: random.fork("ppo"),
    compile: scoring.timed(compile),
    options: {
      epochs,
      clipEpsilon,
      valueClipEpsilon,
      valueCoefficient,
      gaeLambda,
      microBatchSize: settings.microBatchSize ?? null,
    },
  });
  const collect = (prompts: readonly (readonly number[])[]) =>
    collectText({
      actor: ppo.actor,
      prompts,
      tokenizer,
      reward: source,
      random,
      maxNewTokens: newTokens,
    });

  return {
    iterate: async (prompts: readonly (readonly number[])[]) => {
      const start = performance.now();
      const { rollout } = await collect(prompts);
      const collected = performance.now();
      const rewardSeconds = scoring.take();
      await ppo.update(rollout);
      const seconds = (performance.now() - collected) / 1000;
      const otherScoring = scoring.take();
      disposeRollout(rollout);
      return {
        generation: (collected - start) / 1000 - rewardSeconds,
        scoring: rewardSeconds + otherScoring,
        training: seconds - otherScoring,
      };
    },
    /** One update, with what the peer needs to repeat it. */
    check: async (prompts: readonly (readonly number[])[]) => {
      const { rollout, scores } = await collect(prompts);
      const { tokenIds } = rollout.observations;
      const batch = {
        tokenIds: await tokenIds.array(),
        promptLength: tokenIds.shape[1] - rollout.actions.shape[1],
        behaviourLogProbs: await rollout.behaviourLogProbs!.array(),
      };
      const stats = await ppo.update(rollout);
      disposeRollout(rollout);
      return { batch, stats, scores: scores as number[] };
    },
  };
};
