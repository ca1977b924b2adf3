import { checkSameShapes, checkShape } from "@accord-rl/math";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Expectile loss: a squared error that weighs predictions below the target by τ, above it by 1 − τ.
 *
 *   L = |τ − 1[u < 0]|·u²,   u = target − prediction
 *
 * With τ > ½ the prediction moves up towards the best of the targets, without ever asking for the maximum.
 * Gradient flows to: predictions (and targets: give them as constants).
 *
 * @param options.expectile  τ in (0, 1).
 * @returns the shape of the inputs, unreduced.
 * @see Kostrikov et al. 2021, eq. 4. https://arxiv.org/abs/2110.06169
 */
export const expectileLoss = <T extends Tensor>(
  { predictions, targets }: { readonly predictions: T; readonly targets: T },
  { expectile }: { readonly expectile: number },
): T => {
  checkSameShapes("expectileLoss", { predictions, targets });
  return tf.tidy(() => {
    const residuals = tf.sub(targets, predictions);
    const below = tf.mul(tf.square(tf.relu(residuals)), expectile);
    return tf.add(below, tf.mul(tf.square(tf.relu(tf.neg(residuals))), 1 - expectile)) as T;
  });
};

/** What ILQL's loss is made of; [B, T] each. Those without gradient are constants. */
export interface IlqlLossInputs {
  /** Q_i(s_t, a_t) of each Q. */
  readonly q: readonly Tensor2D[];
  /** log softmax(Q_i(s_t, ·))(a_t) of each Q; empty = no conservative term. */
  readonly qLogShares: readonly Tensor2D[];
  /** V(s_t). */
  readonly values: Tensor2D;
  /** r_t + γ·V(s_{t+1}), or another λ-return, without gradient. */
  readonly returns: Tensor2D;
  /** min Q̂_i(s_t, a_t), without gradient. */
  readonly targetQ: Tensor2D;
  /** V(s_t) without gradient: what the policy's weights are made of. */
  readonly baseline: Tensor2D;
  /** log π(a_t | s_t) of the language model; undefined where it is frozen. */
  readonly logProbs?: Tensor2D | undefined;
}

export interface IlqlWeights {
  /** τ. */
  readonly expectile: number;
  /** c. */
  readonly conservativeWeight: number;
  /** d. */
  readonly policyWeight: number;
  /** β_a. */
  readonly advantageScale: number;
}

/** [B, T] each, unreduced, not masked. */
export interface IlqlLosses {
  /** Their weighted sum. */
  readonly loss: Tensor2D;
  readonly tdLoss: Tensor2D;
  readonly valueLoss: Tensor2D;
  readonly conservativeLoss: Tensor2D;
  readonly policyLoss: Tensor2D;
}

const total = (parts: readonly Tensor[], like: Tensor2D): Tensor2D =>
  (parts.length === 0 ? tf.zerosLike(like) : tf.addN([...parts])) as Tensor2D;

/**
 * The loss of implicit language Q-learning.
 *
 *   L = Σ_i (Q_i − (r + γV'))² + |τ − 1[Q̂ < V]|·(Q̂ − V)² + c·Σ_i −log softmax(Q_i)(a) + d·exp(β_a·(Q̂ − V))·(−log π(a))
 *
 * TD error, expectile regression of V, the conservative term that keeps Q of unseen tokens down, and behaviour cloning,
 * weighted by advantages where β_a > 0. There is no ½ in the squares.
 * Gradient flows to: q, qLogShares, values, logProbs.
 *
 * @see Snell et al. 2022. https://arxiv.org/abs/2206.11871
 */
export const ilqlLoss = (inputs: IlqlLossInputs, weights: IlqlWeights): IlqlLosses => {
  const { q, qLogShares, values, returns, targetQ, baseline, logProbs } = inputs;
  checkShape("ilqlLoss", "values", values, ["B", "T"]);
  checkSameShapes("ilqlLoss", {
    values,
    returns,
    targetQ,
    baseline,
    ...(logProbs && { logProbs }),
    ...Object.fromEntries(q.map((each, i) => [`q[${i}]`, each])),
    ...Object.fromEntries(qLogShares.map((each, i) => [`qLogShares[${i}]`, each])),
  });
  const { expectile, conservativeWeight, policyWeight, advantageScale } = weights;
  return tf.tidy(() => {
    const tdLoss = total(
      q.map((each) => tf.squaredDifference(each, returns)),
      values,
    );
    const valueLoss = expectileLoss({ predictions: values, targets: targetQ }, { expectile });
    const conservativeLoss = total(
      qLogShares.map((each) => tf.neg(each)),
      values,
    );
    const advantageWeights = tf.exp(tf.mul(tf.sub(targetQ, baseline), advantageScale));
    const policyLoss = logProbs
      ? (tf.neg(tf.mul(logProbs, advantageWeights)) as Tensor2D)
      : (tf.zerosLike(values) as Tensor2D);
    const loss = tf.addN([
      tdLoss,
      valueLoss,
      tf.mul(conservativeLoss, conservativeWeight),
      tf.mul(policyLoss, policyWeight),
    ]) as Tensor2D;
    return { loss, tdLoss, valueLoss, conservativeLoss, policyLoss };
  });
};
