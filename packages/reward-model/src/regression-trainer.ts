import { type Learner, type RatedText, type RatingBatch, requireNumber } from "@accord-rl/core";
import { weightShares } from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { momentsOf } from "./moments.ts";
import type { RewardModel } from "./reward-model.ts";
import { createTrainer, type Objective, type TrainerOptions } from "./trainer.ts";

export interface RatingScale {
  readonly mean: number;
  /** Above 0. */
  readonly deviation: number;
}

export interface RegressionTrainerOptions extends TrainerOptions {
  /** What ratings are centred on and divided by. Default: taken as they are. See `ratingScale`. */
  readonly scale?: RatingScale;
}

interface RatingRow {
  readonly tokens: RatedText["tokens"];
  readonly share: number;
  readonly target: number;
}

const name = "createRegressionTrainer";

/** Mean and standard deviation (÷ n) of the ratings, so that targets have mean 0 and deviation 1. */
export const ratingScale = (ratings: readonly number[]): RatingScale => {
  const scale = momentsOf(ratings);
  requireNumber("ratingScale", "the ratings' deviation", scale.deviation, [
    Number.MIN_VALUE,
    Number.POSITIVE_INFINITY,
  ]);
  return scale;
};

/**
 * Trains a reward model on scores that people gave: L = Σ w·(r − (rating − mean)/deviation)² / Σ w.
 *
 * `update` gives loss, absoluteError, scoreMean, gradientNorm, learningRate. It owns the optimizer, not the model.
 */
export const createRegressionTrainer = (
  rewardModel: RewardModel,
  { scale = { mean: 0, deviation: 1 }, ...options }: RegressionTrainerOptions,
): Learner<RatingBatch> => {
  requireNumber(name, "scale.mean", scale.mean);
  requireNumber(name, "scale.deviation", scale.deviation, [Number.MIN_VALUE, Number.POSITIVE_INFINITY]);
  const objective: Objective<RatedText, RatingRow, "share" | "target"> = {
    name,
    rows: (batch) =>
      weightShares(name, batch).map((share, index) => {
        const { tokens, rating } = batch[index] as RatedText;
        requireNumber(name, `batch[${index}].rating`, rating);
        return { tokens, share, target: (rating - scale.mean) / scale.deviation };
      }),
    texts: (rows) => rows.map(({ tokens }) => tokens),
    columns: ["share", "target"],
    loss: (scores, { share, target }) => {
      const errors = tf.sub(scores, target); // [B]
      const weigh = (perText: tf.Tensor): Scalar => tf.sum(tf.mul(perText, share));
      return {
        loss: weigh(tf.square(errors)),
        auxiliary: { absoluteError: weigh(tf.abs(errors)), scoreMean: weigh(scores) },
      };
    },
  };
  return createTrainer(objective, rewardModel, options);
};
