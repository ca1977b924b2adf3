import type { Compile, Learner, PreferenceBatch, RatingBatch } from "@accord-rl/core";
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
import type { Options } from "./options.ts";
import type { Task } from "./tasks/task.ts";

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

/** The reward model learns what was liked, and is set to mean 0 and deviation 1 on the reference policy's texts. */
export const trainRewardModel = (
  run: Run,
  { rewardModel, reference, compile }: { rewardModel: RewardModel; reference: TextPolicy; compile: Compile },
  task: Task,
  options: Options,
): Promise<RewardModelReport> =>
  run.stage("rewardModel", { parts: { rewardModel } }, async (stage) => {
    const { rewardBatch, rewardMicroBatch, rewardPairs, rewardLearningRate, responseTokens } = options;
    const steps = Math.ceil(rewardPairs / rewardBatch);
    const decay = cosineSchedule({ from: rewardLearningRate, to: 0.1 * rewardLearningRate, steps });
    const settings = {
      compile,
      optimizer: adamW({
        learningRate: withWarmup(decay, Math.max(1, Math.round(steps / 10))),
        weightDecay: 0,
        maxGradientNorm: 1,
      }),
    };
    if (options.reward === "pairwise") {
      const trainer: Learner<PreferenceBatch> = createPairwiseTrainer(rewardModel, {
        ...settings,
        microBatchSize: rewardMicroBatch,
        centering: 0.01,
      });
      await learn(stage, trainer, { items: task.pairs, size: rewardBatch, steps });
      trainer.dispose();
    } else {
      const trainer: Learner<RatingBatch> = createRegressionTrainer(rewardModel, {
        ...settings,
        microBatchSize: 2 * rewardMicroBatch,
      });
      await learn(stage, trainer, { items: task.ratings, size: 2 * rewardBatch, steps });
      trainer.dispose();
    }
    const report = await judge(rewardModel, task);
    const prompts = Array.from(
      { length: normalisationSamples },
      (_, i) => task.prompts[i % task.prompts.length]!,
    );
    const random = stage.random.fork("normalisation");
    const { responses } = await reference.generate(prompts, { maxNewTokens: responseTokens, random });
    await normalizeRewards(
      rewardModel,
      responses.map((response, i) => [...prompts[i]!, ...response]),
    );
    return report;
  });
