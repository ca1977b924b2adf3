import type { Compile, Parameters, QFunction } from "@accord-rl/core";
import { createGuardedUpdate, type Optimizer } from "@accord-rl/learning";
import { compileTree, valueAndGradients } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { DqnLoss } from "./dqn-loss.ts";
import type { TargetUpdate } from "./target-update.ts";

/** What S gradient steps on N transitions each need; [S·N] but where said otherwise. */
export interface StepBatches {
  /** [S·N, …]. */
  readonly observations: Tensor;
  /** int32. */
  readonly actions: Tensor1D;
  readonly rewards: Tensor1D;
  readonly discounts: Tensor1D;
  /** [S·N, …]. */
  readonly successors: Tensor;
  /** Importance weights, where transitions don't count alike. */
  readonly weights?: Tensor1D;
  /** [S, C] the optimizer's numbers for each step. */
  readonly coefficients: Tensor2D;
}

/** What is logged of a step, in this order: the loss, mean Q(s, a), mean |TD error|, and the norm before clipping. */
export const stepNumbers = ["loss", "valueMean", "tdError", "gradientNorm"] as const;

/** What they give. */
export interface StepResults {
  /** [S, 4] `stepNumbers` of each step. One with a number that is not finite changed nothing, nor did any after it. */
  readonly numbers: Tensor2D;
  /** [S·N] |TD error|. */
  readonly errors: Tensor1D;
}

/** x[n, a_n, …] for each row n. @param outputs [N, A] or [N, A, K]. */
const select = (outputs: Tensor, actions: Tensor): Tensor => {
  // Cast afterwards: WASM's kernel writes integers, whatever type it is asked for.
  const chosen = tf.cast(tf.oneHot(actions as Tensor1D, outputs.shape[1]!), "float32"); // [N, A]
  return tf.sum(tf.mul(outputs, outputs.rank === 3 ? tf.expandDims(chosen, 2) : chosen), 1);
};

const rowsOf = <T extends Tensor>(x: T, start: number, count: number): T => tf.slice(x, start, count);

/** Lets the target follow, and takes that back where the step was not made. */
const followIfMade = (
  follow: NonNullable<TargetUpdate["follow"]>,
  [target, online]: readonly [target: Parameters, online: Parameters],
  applies: Scalar,
): void =>
  tf.tidy(() => {
    const before = Object.values(target).map((variable) => tf.clone(variable as Tensor));
    follow(target, online);
    Object.values(target).forEach((variable, i) => {
      variable.assign(tf.where(applies, variable, before[i]!));
    });
  });

/**
 * Some gradient steps as one function of tensors, so that they can be one compiled call: targets, losses, gradients,
 * the optimizer's updates, and the target network's where it follows each step.
 *
 * A target that stands still is asked for all steps at once: one large product instead of several small ones.
 */
export const createDqnSteps = <Q extends QFunction>(options: {
  readonly q: Q;
  readonly target: Q;
  readonly loss: DqnLoss<Q>;
  readonly optimizer: Optimizer;
  readonly targetUpdate: TargetUpdate;
  readonly double: boolean;
  readonly compile: Compile | undefined;
}): ((batches: StepBatches) => StepResults) => {
  const { q, target, loss, optimizer, targetUpdate, double, compile } = options;
  const change = createGuardedUpdate({
    update: ({ step }, gradients, applies) => optimizer.traceable.update(step!, gradients, applies),
  });

  const run = (batches: StepBatches): StepResults => {
    const { coefficients, weights } = batches;
    const steps = coefficients.shape[0];
    const size = batches.actions.shape[0] / steps;
    const still = targetUpdate.follow ? undefined : loss.outputs(target, batches.successors); // [S·N, A, …]
    let previous: Scalar | undefined;
    const results = Array.from({ length: steps }, (_, step) => {
      const cut = <T extends Tensor>(x: T): T => rowsOf(x, step * size, size);
      const successors = cut(batches.successors);
      const ahead = still ? cut(still) : loss.outputs(target, successors); // [N, A, …]
      const best = tf.argMax(double ? q.values(successors) : loss.expectations(target, ahead), 1); // [N]
      const inputs = {
        successors: select(ahead, best),
        rewards: cut(batches.rewards),
        discounts: cut(batches.discounts),
      };
      const [observations, actions] = [cut(batches.observations), cut(batches.actions)];
      const {
        loss: mean,
        gradients,
        auxiliary,
      } = valueAndGradients(() => {
        const outputs = loss.outputs(q, observations);
        const predictions = select(outputs, actions);
        const { losses, errors } = loss.losses(q, { ...inputs, predictions });
        const counted = weights ? tf.mul(losses, cut(weights)) : losses;
        return {
          loss: tf.mean(counted),
          auxiliary: { errors, valueMean: tf.mean(select(loss.expectations(q, outputs), actions)) },
        };
      }, q.parameters);
      const errors = auxiliary.errors as Tensor1D;
      const measured = tf.stack([mean, auxiliary.valueMean as Scalar, tf.mean(errors)]) as Tensor1D;
      const { gradientNorm, applies } = change({
        measured,
        gradients,
        coefficients: { step: tf.reshape(rowsOf(coefficients, step, 1), [-1]) },
        previous,
      });
      previous = applies;
      if (targetUpdate.follow) {
        followIfMade(targetUpdate.follow, [target.parameters, q.parameters], applies);
      }
      return { numbers: tf.concat1d([measured, tf.reshape(gradientNorm, [1])]), errors };
    });
    return {
      numbers: tf.stack(results.map(({ numbers }) => numbers)) as Tensor2D,
      errors: tf.concat(results.map(({ errors }) => errors)),
    };
  };
  return compileTree((batches: StepBatches) => tf.tidy(() => ({ ...run(batches) })), compile);
};
