import { type GroupedRollout, InvalidArgumentError, type Rollout } from "@accord-rl/core";
import { discountedReturns, gae, maskedMean } from "@accord-rl/math";
import type { EstimateInputs, Estimates } from "@accord-rl/policy-gradient";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  type GroupAdvantage,
  groupMeanAdvantages,
  groupStandardizedAdvantages,
  leaveOneOutAdvantages,
} from "./group-advantages.ts";

/**
 * How advantages come from a rollout with shaped rewards. One whose parameter has `groups` needs a `GroupedRollout`,
 * and so does the algorithm that it is given to.
 */
export interface AdvantageEstimator<R extends Rollout = GroupedRollout> {
  (batch: EstimateInputs<R>): Estimates;
  /** It uses V(s): a value function must be there. */
  readonly needsValues?: boolean;
}

export interface RewardsToGoOptions {
  /** γ in [0, 1]. Default 1: a response is one episode. */
  readonly discount?: number;
}

/**
 * Rewards-to-go, without a baseline: Â_t = G_t = r_t + γ·G_{t+1}.
 *
 * With a KL regularizer in the reward and whitening over the batch, this is REINFORCE++.
 *
 * @see Williams 1992. https://doi.org/10.1007/BF00992696
 */
export const noBaseline = ({ discount = 1 }: RewardsToGoOptions = {}): AdvantageEstimator<Rollout> => {
  return (batch) => {
    const returns = discountedReturns(batch, { discount }); // [B, T]
    return { advantages: returns, returns };
  };
};

/** Rewards-to-go minus their mean over the batch's tokens: Â_t = G_t − Ḡ. Biased by a factor of 1 − 1/n. */
export const batchMeanBaseline = ({ discount = 1 }: RewardsToGoOptions = {}): AdvantageEstimator<Rollout> => {
  return (batch) =>
    tf.tidy(() => {
      const { mask } = batch;
      const returns = discountedReturns(batch, { discount }); // [B, T]
      return { advantages: tf.mul(tf.sub(returns, maskedMean(returns, mask)), mask) as Tensor2D, returns };
    });
};

/**
 * Rewards-to-go minus a value function's prediction: Â_t = G_t − V(s_t). Its values learn G.
 *
 * @see Williams 1992, §4; Sutton & Barto 2018, §13.4. http://incompleteideas.net/book/the-book-2nd.html
 */
export const learnedBaseline = ({ discount = 1 }: RewardsToGoOptions = {}): AdvantageEstimator<Rollout> =>
  Object.assign((batch: EstimateInputs) => gae(batch, { discount, gaeLambda: 1 }), { needsValues: true });

/** @throws InvalidArgumentError where there are no groups, or one has a single sample. */
const requireGroups = (groups: Int32Array | undefined): Int32Array => {
  const fail = (value: unknown, got: string): never => {
    throw new InvalidArgumentError({
      argument: "rollout.groups",
      value,
      message: `${got}, expected groups of two samples or more: each is compared with the others of its prompt. Collect several responses per prompt`,
    });
  };
  if (groups === undefined) return fail(groups, "The rollout has no groups");
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  for (const [group, size] of sizes)
    if (size === 1) fail(group, `Group ${group} of the rollout has one sample`);
  return groups;
};

/** One score per sequence, the sum of its shaped rewards, compared within its group; the same at each of its tokens. */
const ofGroups =
  (compare: GroupAdvantage): AdvantageEstimator<GroupedRollout> =>
  ({ rewards, valid, mask, groups }) =>
    tf.tidy(() => {
      const known = requireGroups(groups);
      const scores = tf.sum(tf.mul(rewards, valid), 1) as tf.Tensor1D; // [B]
      const takesPart = tf.max(mask, 1) as tf.Tensor1D; // [B]
      const spread = (perSequence: tf.Tensor1D): Tensor2D => tf.mul(tf.reshape(perSequence, [-1, 1]), mask); // [B, T]
      return {
        advantages: spread(compare({ scores, takesPart, groups: known })),
        returns: spread(scores),
      };
    });

/** Score minus the mean of the group's others (RLOO): `leaveOneOutAdvantages`. */
export const leaveOneOut: AdvantageEstimator<GroupedRollout> = ofGroups(leaveOneOutAdvantages);

/** Score minus the group's mean (Dr. GRPO): `groupMeanAdvantages`. */
export const groupMean: AdvantageEstimator<GroupedRollout> = ofGroups(groupMeanAdvantages);

/** Scores standardised within their group (GRPO): `groupStandardizedAdvantages`. */
export const groupStandardized = (
  options: Parameters<typeof groupStandardizedAdvantages>[0] = {},
): AdvantageEstimator<GroupedRollout> => ofGroups(groupStandardizedAdvantages(options));
