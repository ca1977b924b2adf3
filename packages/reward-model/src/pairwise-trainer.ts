import { type Learner, type PreferenceBatch, type PreferencePair, requireNumber } from "@accord-rl/core";
import { bradleyTerryLoss, type Columns, type PairRow, pairAgreement, pairRows } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { centeringLoss } from "./losses.ts";
import type { RewardModel } from "./reward-model.ts";
import { createTrainer, type Objective, type TrainerOptions } from "./trainer.ts";

export interface PairwiseTrainerOptions extends TrainerOptions {
  /** c: weight of (r_preferred + r_rejected)². Default 0; 0.01 is common. */
  readonly centering?: number;
}

const name = "createPairwiseTrainer";

const columnNames = ["share", "probability", "margin", "decidedShare"] as const;

const pairwiseLoss = (
  scores: Tensor1D,
  { share, probability, margin, decidedShare }: Columns<(typeof columnNames)[number]>,
  centering: number,
) => {
  const pairs = share.shape[0];
  const preferredScores = tf.slice(scores, 0, pairs); // [B]
  const rejectedScores = tf.slice(scores, pairs); // [B]
  const weigh = (perPair: tf.Tensor): Scalar => tf.sum(tf.mul(perPair, share));
  const preferenceLoss = weigh(
    bradleyTerryLoss({ preferredScores, rejectedScores, probabilities: probability, margins: margin }),
  );
  const gaps = tf.sub(preferredScores, rejectedScores);
  const auxiliary = {
    preferenceLoss,
    accuracy: tf.sum(tf.mul(pairAgreement(gaps, probability), decidedShare)) as Scalar,
    scoreGap: weigh(gaps),
    scoreMean: weigh(tf.mul(0.5, tf.add(preferredScores, rejectedScores))),
  };
  if (centering === 0) return { loss: preferenceLoss, auxiliary };
  const centred = weigh(centeringLoss(preferredScores, rejectedScores));
  return { loss: tf.add(preferenceLoss, tf.mul(centering, centred)) as Scalar, auxiliary };
};

/**
 * Trains a reward model on preferences: L = Σ w·(−p·log σ(z) − (1 − p)·log σ(−z) + c·(r_p + r_r)²) / Σ w,
 * z = r_p − r_r − margin.
 *
 * Probability, margin and weight are each pair's own. `update` gives loss, preferenceLoss, accuracy, scoreGap,
 * scoreMean, gradientNorm, learningRate. It owns the optimizer, not the model.
 *
 * @see Ouyang et al. 2022, eq. 1. https://arxiv.org/abs/2203.02155
 */
export const createPairwiseTrainer = (
  rewardModel: RewardModel,
  { centering = 0, ...options }: PairwiseTrainerOptions,
): Learner<PreferenceBatch> => {
  requireNumber(name, "centering", centering, [0, Number.POSITIVE_INFINITY]);
  const objective: Objective<PreferencePair, PairRow, (typeof columnNames)[number]> = {
    name,
    rows: (batch) => pairRows(name, batch),
    texts: (rows) => [...rows.map(({ pair }) => pair.preferred), ...rows.map(({ pair }) => pair.rejected)],
    columns: columnNames,
    loss: (scores, columns) => pairwiseLoss(scores, columns, centering),
  };
  return createTrainer(objective, rewardModel, options);
};
