import type { CategoricalQFunction, QFunction, QuantileQFunction } from "@accord-rl/core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { categoricalCrossEntropy, projectCategories } from "./categorical-loss.ts";
import { quantileHuber } from "./quantile-loss.ts";
import { huberLoss, type TdLoss } from "./td-loss.ts";

/** What was predicted for the actions taken, and what the target says of the best successor's. */
export interface DqnLossInputs {
  /** [N] or [N, K]. */
  readonly predictions: Tensor;
  /** [N] or [N, K], no gradient. */
  readonly successors: Tensor;
  /** [N]. */
  readonly rewards: Tensor1D;
  /** [N] γ^m, 0 where the episode terminated. */
  readonly discounts: Tensor1D;
}

/** How values are learned: as numbers, as quantiles, as categories. Asks of the Q function what it needs. */
export interface DqnLoss<Q extends QFunction> {
  /** [N, A] or [N, A, K]: what losses are taken on. Gradient flows to the parameters. */
  readonly outputs: (q: Q, observations: Tensor) => Tensor;
  /** [N, A] the values that those outputs mean. */
  readonly expectations: (q: Q, outputs: Tensor) => Tensor2D;
  /** [N] each: the loss, unreduced, and |error|, which priorities are made of. Gradient flows to: predictions. */
  readonly losses: (q: Q, inputs: DqnLossInputs) => { readonly losses: Tensor1D; readonly errors: Tensor1D };
}

const column = (x: Tensor): Tensor2D => tf.expandDims(x, 1);

/**
 * y = R + γ^m·Q̄(s', a*),  L = loss(Q(s, a), y).
 *
 * @param loss  default `huberLoss()`.
 * @see Mnih et al. 2015, algorithm 1. https://doi.org/10.1038/nature14236
 */
export const tdLoss = (loss: TdLoss = huberLoss()): DqnLoss<QFunction> => ({
  outputs: (q, observations) => q.values(observations),
  expectations: (_, outputs) => outputs as Tensor2D,
  losses: (_, { predictions, successors, rewards, discounts }) =>
    tf.tidy(() => {
      const targets = tf.add(rewards, tf.mul(discounts, successors)); // [N]
      return {
        losses: loss(predictions, targets) as Tensor1D,
        errors: tf.abs(tf.sub(targets, predictions)) as Tensor1D,
      };
    }),
});

/**
 * QR-DQN: targets R + γ^m·θ̄_j(s', a*) for each quantile j, and the quantile Huber loss.
 *
 * @param options.threshold  κ. Default 1. @see Dabney et al. 2018. https://arxiv.org/abs/1710.10044
 */
export const quantileLoss = ({
  threshold = 1,
}: {
  readonly threshold?: number;
} = {}): DqnLoss<QuantileQFunction> => ({
  outputs: (q, observations) => q.distributions(observations),
  expectations: (q, outputs) => q.expectations(outputs) as Tensor2D,
  losses: (_, { predictions, successors, rewards, discounts }) =>
    tf.tidy(() => {
      const targets = tf.add(column(rewards), tf.mul(column(discounts), successors)); // [N, K]
      return {
        losses: quantileHuber(predictions as Tensor2D, targets as Tensor2D, { threshold }),
        errors: tf.abs(tf.sub(tf.mean(targets, 1), tf.mean(predictions, 1))) as Tensor1D,
      };
    }),
});

/**
 * C51: the target distribution, shrunk, shifted and projected onto the outcomes; cross-entropy. Priorities are made of
 * the cross-entropy less the target's own entropy: the KL divergence (Hessel et al. 2018).
 *
 * @see Bellemare et al. 2017, algorithm 1. https://arxiv.org/abs/1707.06887
 */
export const categoricalLoss = (): DqnLoss<CategoricalQFunction> => ({
  outputs: (q, observations) => q.distributions(observations),
  expectations: (q, outputs) => q.expectations(outputs) as Tensor2D,
  losses: ({ minimum, maximum }, { predictions, successors, rewards, discounts }) =>
    tf.tidy(() => {
      const probabilities = tf.softmax(successors) as Tensor2D; // [N, K]
      const targets = projectCategories({ probabilities, rewards, discounts }, { minimum, maximum });
      const losses = categoricalCrossEntropy(predictions as Tensor2D, targets);
      const entropies = tf.neg(tf.sum(tf.mul(targets, tf.log(tf.maximum(targets, 1e-30))), 1));
      return { losses, errors: tf.relu(tf.sub(losses, entropies)) as Tensor1D };
    }),
});
