import type { Learner, PreferenceBatch, PreferencePair } from "@accord-rl/core";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { requireNumber, shares } from "./checks.ts";
import { bradleyTerryLoss, centeringLoss } from "./losses.ts";
import type { RewardModel } from "./reward-model.ts";
import { type Columns, createTrainer, type Objective, type TrainerOptions } from "./trainer.ts";

export interface PairwiseTrainerOptions extends TrainerOptions {
  /** c: weight of (r_preferred + r_rejected)². Default 0; 0.01 is common. */
  readonly centering?: number;
}

type PairRow = {
  readonly pair: PreferencePair;
  readonly share: number;
  readonly probability: number;
  readonly margin: number;
  /** Part of the accuracy: 0 where the label is ½ and says nothing. */
  readonly decidedShare: number;
};

const name = "createPairwiseTrainer";

const rowsOf = (batch: PreferenceBatch): PairRow[] => {
  const decided = batch.filter(({ probability = 1 }) => probability !== 0.5).length;
  return shares(name, batch).map((share, index) => {
    const pair = batch[index] as PreferencePair;
    const { probability = 1, margin = 0 } = pair;
    requireNumber(name, `batch[${index}].probability`, probability, [0, 1]);
    requireNumber(name, `batch[${index}].margin`, margin);
    return { pair, share, probability, margin, decidedShare: probability === 0.5 ? 0 : 1 / decided };
  });
};

/** 1 where the scores order a pair as its label does, ½ where they are equal. @returns [B] */
const agreement = (gaps: tf.Tensor, probabilities: Tensor1D): tf.Tensor =>
  tf.mul(0.5, tf.add(1, tf.mul(tf.sign(gaps), tf.sign(tf.sub(probabilities, 0.5)))));

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
    accuracy: tf.sum(tf.mul(agreement(gaps, probability), decidedShare)) as Scalar,
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
    rows: rowsOf,
    texts: (rows) => [...rows.map(({ pair }) => pair.preferred), ...rows.map(({ pair }) => pair.rejected)],
    columns: columnNames,
    loss: (scores, columns) => pairwiseLoss(scores, columns, centering),
  };
  return createTrainer(objective, rewardModel, options);
};
