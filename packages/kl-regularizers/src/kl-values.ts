import * as tf from "@tensorflow/tfjs-core";

/**
 * Above this log ratio, exponentials are held: e²⁰ is 4.9e8, more than any sampled token can honestly reach, and the
 * float32 exponential would overflow at 88. The constant is verl's.
 */
const largestLogRatio = 20;

/** k1 = log π − log π_ref. @param logRatios [B, T] log π − log π_ref. @returns [B, T]. */
export const k1Values = (logRatios: tf.Tensor2D): tf.Tensor2D => tf.clone(logRatios);

/** k2 = ½(log π − log π_ref)². @param logRatios [B, T] log π − log π_ref. @returns [B, T]. */
export const k2Values = (logRatios: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.mul(0.5, tf.square(logRatios)));

/**
 * k3 = q − 1 − log q, q = π_ref/π, through expm1 so that small ratios keep their digits; never negative.
 * log q is held at 20 above (gradient 0 there).
 *
 * @param logRatios [B, T] log π − log π_ref. @returns [B, T].
 * @see Schulman 2020, Approximating KL divergence. http://joschu.net/blog/kl-approx.html
 */
export const k3Values = (logRatios: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => {
    const logQ = tf.minimum(tf.neg(logRatios), largestLogRatio) as tf.Tensor2D;
    return tf.sub(tf.expm1(logQ), logQ);
  });

/**
 * KL(π‖π_ref) = Σ_a π(a)·(log π(a) − log π_ref(a)) at each step.
 * One gradient of its own, π·(1 + log π − log π_ref), so that no [B, T, A] product stays alive between the passes.
 * An action of probability 0 counts 0, also where its log-probability is −∞.
 * Gradient flows to: logPolicy.
 *
 * @param logPolicy    [B, T, A] normalised. @param logReference [B, T, A] normalised. @returns [B, T].
 */
export const exactKl = (logPolicy: tf.Tensor3D, logReference: tf.Tensor3D): tf.Tensor2D => {
  const terms = (own: tf.Tensor, other: tf.Tensor) => {
    const probabilities = tf.exp(own); // [B, T, A]
    const difference = tf.sub(own, other);
    return { probabilities, difference: tf.where(tf.greater(probabilities, 0), difference, 0) };
  };
  const forward = tf.customGrad((...args) => {
    const [logProbs, save] = args as [tf.Tensor3D, tf.GradSaveFunc];
    save([logProbs, logReference]);
    const { probabilities, difference } = terms(logProbs, logReference);
    return {
      value: tf.sum(tf.mul(probabilities, difference), -1) as tf.Tensor, // [B, T]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const { probabilities, difference } = terms(saved[0] as tf.Tensor, saved[1] as tf.Tensor);
        return tf.mul(tf.expandDims(dy, -1), tf.mul(probabilities, tf.add(difference, 1))); // [B, T, A]
      },
    };
  });
  return tf.tidy(() => forward(logPolicy)) as tf.Tensor2D;
};

/** ρ = π/π_behaviour at the sampled action; its log is held at 20 above. @param both [B, T]. @returns [B, T]. */
export const importanceRatio = (logProbs: tf.Tensor2D, behaviourLogProbs: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.exp(tf.minimum(tf.sub(logProbs, behaviourLogProbs), largestLogRatio)) as tf.Tensor2D);
