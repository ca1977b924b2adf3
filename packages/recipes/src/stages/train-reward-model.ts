import {
  type Compile,
  interpret,
  type Learner,
  type PreferenceBatch,
  type RatingBatch,
} from "@accord-rl/core";
import { batches } from "@accord-rl/data";
import { expectedCalibrationError, type ReliabilityBin, reliabilityBins } from "@accord-rl/evaluation";
import type { TextPolicy } from "@accord-rl/language-model";
import { adamW, cosineSchedule, withWarmup } from "@accord-rl/learning";
import {
  createPairwiseTrainer,
  createRegressionTrainer,
  evaluatePairs,
  fitBagOfTokens,
  fitLengthBaseline,
  normalizeRewards,
  type RewardModel,
  symmetric,
} from "@accord-rl/reward-model";
import type { Run, Stage } from "@accord-rl/runs";
import type { Task } from "../tasks/task.ts";

export interface RewardModelSettings {
  /** What it learns from: which of two is better, or how good one is. */
  readonly feedback?: "pairs" | "ratings";
  /** Pairs that it sees in all, the same ones again where there are fewer; or twice as many rated texts. */
  readonly examples?: number;
  /** Pairs per step. */
  readonly batchSize?: number;
  /** Pairs in one forward pass: fewer take less memory, and learn the same. */
  readonly microBatchSize?: number;
  /** α at its highest: it warms up over a tenth of the steps, and falls to a tenth. */
  readonly learningRate?: number;
}

export const rewardModelDefaults = {
  feedback: "pairs",
  examples: 1536,
  batchSize: 16,
  microBatchSize: 16,
  learningRate: 1e-4,
} as const satisfies RewardModelSettings;

/** Responses of the reference policy that the scores are normalised on. */
const normalisationSamples = 128;

export interface RewardModelReport {
  readonly heldOutAccuracy: number;
  readonly bagOfWordsAccuracy: number;
  readonly lengthBaselineAccuracy: number;
  readonly ece: number;
  /** Pairs that it learned from. */
  readonly pairs: number;
  readonly bins: readonly ReliabilityBin[];
}

type Judged = Pick<Task, "pairs" | "ratings" | "heldOutPairs">;

/** How well it orders pairs that it has not seen, beside baselines that learned from the same pairs. */
const judge = async (
  rewardModel: RewardModel,
  { pairs, heldOutPairs }: Judged,
): Promise<RewardModelReport> => {
  const evaluation = await evaluatePairs(rewardModel.score, heldOutPairs);
  const { probabilities, outcomes } = symmetric(evaluation);
  return {
    heldOutAccuracy: evaluation.accuracy,
    bagOfWordsAccuracy: (await evaluatePairs(fitBagOfTokens(pairs), heldOutPairs)).accuracy,
    lengthBaselineAccuracy: (await evaluatePairs(fitLengthBaseline(pairs), heldOutPairs)).accuracy,
    ece: expectedCalibrationError(probabilities, outcomes),
    pairs: pairs.length,
    bins: reliabilityBins(probabilities, outcomes),
  };
};

const learn = <Example>(
  stage: Stage,
  trainer: Learner<readonly Example[]>,
  { items, size, steps }: { items: readonly Example[]; size: number; steps: number },
): Promise<void> => {
  const examples = batches(items, size, stage.random);
  return stage.loop({
    steps,
    parts: { trainer, examples },
    every: Math.max(5, Math.round(steps / 6)),
    show: ["loss", "accuracy"],
    body: () => trainer.update(examples.next()),
  });
};

export interface RewardModelParts {
  /** Trained. */
  readonly rewardModel: RewardModel;
  /** On whose responses rewards get mean 0 and deviation 1. */
  readonly reference: TextPolicy;
  readonly compile?: Compile;
}

/** The reward model learns what was liked, and is set to mean 0 and deviation 1 on the reference policy's texts. */
export const trainRewardModel = (
  run: Run,
  { rewardModel, reference, compile = interpret }: RewardModelParts,
  task: Task,
  settings: RewardModelSettings = {},
): Promise<RewardModelReport> =>
  run.stage("rewardModel", { parts: { rewardModel } }, async (stage) => {
    const { feedback, examples, batchSize, microBatchSize, learningRate } = {
      ...rewardModelDefaults,
      ...settings,
    };
    const steps = Math.ceil(examples / batchSize);
    const decay = cosineSchedule({ from: learningRate, to: 0.1 * learningRate, steps });
    const training = {
      compile,
      optimizer: adamW({
        learningRate: withWarmup(decay, Math.max(1, Math.round(steps / 10))),
        weightDecay: 0,
        maxGradientNorm: 1,
      }),
    };
    if (feedback === "pairs") {
      const trainer: Learner<PreferenceBatch> = createPairwiseTrainer(rewardModel, {
        ...training,
        microBatchSize,
        centering: 0.01,
      });
      await learn(stage, trainer, { items: task.pairs, size: batchSize, steps });
      trainer.dispose();
    } else {
      const trainer: Learner<RatingBatch> = createRegressionTrainer(rewardModel, {
        ...training,
        microBatchSize: 2 * microBatchSize,
      });
      await learn(stage, trainer, { items: task.ratings, size: 2 * batchSize, steps });
      trainer.dispose();
    }
    const report = await judge(rewardModel, task);
    const prompts = Array.from(
      { length: normalisationSamples },
      (_, i) => task.prompts[i % task.prompts.length]!,
    );
    const random = stage.random.fork("normalisation");
    const { responses } = await reference.generate(prompts, { maxNewTokens: task.responseTokens, random });
    await normalizeRewards(
      rewardModel,
      responses.map((response, i) => [...prompts[i]!, ...response]),
    );
    return report;
  });
