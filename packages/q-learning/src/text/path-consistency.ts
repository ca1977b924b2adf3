import { checkSameShapes, checkShape, continues, shiftLeft } from "@accord-rl/math";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** What the consistency of paths is made of; all [B, T] float32, the last five as in a Rollout. */
export interface PathInputs {
  /** V(s_t). */
  readonly values: Tensor2D;
  /** V of the true successor. Does not count where the trajectory terminated, nor in padding. */
  readonly nextValues: Tensor2D;
  /** log π(a_t | s_t) − log π_ref(a_t | s_t). */
  readonly logRatios: Tensor2D;
  readonly rewards: Tensor2D;
  readonly valid: Tensor2D;
  readonly mask: Tensor2D;
  readonly terminated: Tensor2D;
  readonly truncated: Tensor2D;
}

export interface PathOptions {
  /** β, in units of reward per nat. */
  readonly beta: number;
  /** γ. Default 1. */
  readonly discount?: number;
}

/** Every stretch of a trajectory from s_i to the successor of s_j, at [b, i, j]. */
export interface Paths {
  /** [B, T, T] 1 where there is such a path: it starts where the policy chose, and ends where it chooses next, or ends. */
  readonly exists: Tensor3D;
  /** [B, T, T] how many of the policy's steps it has. */
  readonly lengths: Tensor3D;
  /** [B, T, T] 1 where it ends with its trajectory. */
  readonly isToEnd: Tensor3D;
  /** [B, T, T] 1 where it starts with its trajectory. */
  readonly isFromStart: Tensor3D;
}

type Traces = Pick<PathInputs, "valid" | "mask" | "terminated" | "truncated">;

const asStarts = (x: Tensor2D): Tensor3D => tf.expandDims(x, 2); // [B, T, 1]
const asEnds = (x: Tensor2D): Tensor3D => tf.expandDims(x, 1); // [B, 1, T]

const float = <T extends tf.Tensor>(x: T): T => tf.cast(x, "float32");

/** [B, T, T] 1 where step k belongs to what follows the policy's decision at step i, before the trajectory ends. */
const follows = (traces: Traces, goesOn: Tensor2D): Tensor3D => {
  const { mask, valid } = traces;
  const T = mask.shape[1];
  const trajectory = tf.cumsum(tf.sub(1, goesOn), 1, true) as Tensor2D; // [B, T] counts the ends before t
  const isSame = float(tf.equal(asStarts(trajectory), asEnds(trajectory)) as Tensor3D);
  const steps = tf.range(0, T, 1, "int32");
  const isLater = tf.greaterEqual(tf.expandDims(steps, 0), tf.expandDims(steps, 1)); // [T, T] k ≥ i
  return tf.mul(tf.mul(isSame, float(isLater)), tf.mul(asStarts(mask), asEnds(valid))) as Tensor3D;
};

/** Number of the policy's steps up to and including t, minus 1: a tool's step counts as the step before it. */
const stepNumbers = (mask: Tensor2D): Tensor2D => tf.sub(tf.cumsum(mask, 1), 1) as Tensor2D;

const pathLengths = (mask: Tensor2D): Tensor3D => {
  const steps = stepNumbers(mask);
  return tf.relu(tf.add(tf.sub(asEnds(steps), asStarts(steps)), 1)) as Tensor3D; // [B, T, T]
};

/**
 * Which paths there are in a batch of trajectories. Rows may hold several trajectories after one another.
 *
 * No gradient.
 */
export const pathsOf = (traces: Traces): Paths => {
  checkShape("pathsOf", "mask", traces.mask, ["B", "T"]);
  return tf.tidy(() => {
    const { valid, mask } = traces;
    const goesOn = continues(traces);
    const leadsToTool = tf.mul(goesOn, shiftLeft(tf.mul(valid, tf.sub(1, mask)), 1)) as Tensor2D;
    const exists = tf.mul(follows(traces, goesOn), asEnds(tf.sub(1, leadsToTool))) as Tensor3D;
    // A start is first where no earlier step of the policy belongs to the same trajectory.
    const before = tf.sub(tf.sum(follows(traces, goesOn), 1), mask) as Tensor2D; // [B, T]
    return {
      exists,
      lengths: tf.mul(pathLengths(mask), exists) as Tensor3D,
      isToEnd: tf.mul(exists, asEnds(tf.sub(1, goesOn))) as Tensor3D,
      isFromStart: tf.mul(exists, asStarts(float(tf.equal(before, 0) as Tensor2D))) as Tensor3D,
    };
  });
};

/**
 * How far a policy and its values are from soft consistency along every path.
 *
 *   C(i, j) = Σ_{k=i..j} γ^{k−i}·(r_k − β·log π/π_ref) + γ^{j−i+1}·V(s_{j+1}) − V(s_i)
 *
 * It is 0 on every path exactly at the optimum of E Σ γ^t (r − β·KL): π ∝ π_ref·exp(Q/β), V = β·log Σ π_ref·exp(Q/β).
 * Steps that are valid but not in the mask (tool tokens) have no ratio; their rewards count as the decision's before them.
 * Gradient flows to: values, nextValues, logRatios.
 *
 * @returns [B, T, T] at [b, i, j]; 0 where `paths.exists` is 0.
 * @see Nachum et al. 2017, eq. 15. https://arxiv.org/abs/1702.08892
 * @see Guo et al. 2021, for language models. https://arxiv.org/abs/2106.07704
 */
export const pathConsistency = (
  inputs: PathInputs,
  paths: Pick<Paths, "exists">,
  { beta, discount = 1 }: PathOptions,
): Tensor3D => {
  const { values, nextValues, logRatios, rewards, valid, mask, terminated } = inputs;
  checkShape("pathConsistency", "values", values, ["B", "T"]);
  checkSameShapes("pathConsistency", { ...inputs });
  return tf.tidy(() => {
    const goesOn = continues(inputs);
    const shaped = tf.sub(tf.mul(rewards, valid), tf.mul(tf.mul(logRatios, mask), beta)) as Tensor2D;
    const lengths = pathLengths(mask); // [B, T, T]
    const discounts = discount === 1 ? tf.onesLike(lengths) : tf.pow(discount, tf.relu(tf.sub(lengths, 1)));
    const weights = tf.mul(follows(inputs, goesOn), discounts); // [B, T, T]
    const sums = tf.cumsum(tf.mul(weights, asEnds(shaped)), 2);
    const ahead = tf.mul(nextValues, tf.sub(1, terminated)) as Tensor2D;
    const after = tf.mul(tf.mul(weights, asEnds(ahead)), discount);
    const errors = tf.sub(tf.add(sums, after), asStarts(values));
    return tf.mul(errors, paths.exists) as Tensor3D;
  });
};
