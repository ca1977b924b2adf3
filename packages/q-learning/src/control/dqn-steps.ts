import type { Compile, Parameters, QFunction } from "@accord-rl/core";
import { createStep, type OptimizerGroup } from "@accord-rl/learning";
import { compileTree, joinPacked, type Numbers, type Packed, type Scalars } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { DqnLoss } from "./dqn-loss.ts";
import type { TargetUpdate } from "./target-update.ts";

/** Transitions of S gradient steps on N each; [S·N] but where said otherwise. */
export type StepBatches = {
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
};

/** What S gradient steps give. */
export type StepResults = {
  /**
   * Of each step s, as `s.NAME`: the loss, valueMean (mean Q(s, a)), tdError (mean |TD error|) and gradientNorm before
   * clipping. A step with a number that is not finite changed nothing, nor did any after it.
   */
  readonly numbers: Packed;
  /** [S·N] |TD error|. */
  readonly errors: Tensor1D;
};

/** The name of a step's number among those of several. */
export const nameAt = (step: number, name: string): string => `${step}.${name}`;

/** The numbers of one step among those of several. */
const numbersAt = (step: number, numbers: Scalars): Scalars => {
  const prefix = nameAt(step, "");
  return Object.fromEntries(
    Object.entries(numbers).flatMap(([name, scalar]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), scalar]] : [],
    ),
  );
};

/** x[n, a_n, …] for each row n. @param outputs [N, A] or [N, A, K]. */
const select = (outputs: Tensor, actions: Tensor): Tensor => {
  // Cast afterwards: WASM's kernel writes integers, whatever type it is asked for.
  const chosen = tf.cast(tf.oneHot(actions as Tensor1D, outputs.shape[1]!), "float32"); // [N, A]
  return tf.sum(tf.mul(outputs, outputs.rank === 3 ? tf.expandDims(chosen, 2) : chosen), 1);
};

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

/** One step's transitions; of the successors, the target network's outputs for the best actions: [N, …]. */
type Micro = StepBatches;

/**
 * Some gradient steps as one function of tensors, so that they can be one compiled call: targets, losses, gradients,
 * the optimizer's updates, and the target network's where it follows each step.
 *
 * A target that stands still is asked for all steps at once: one large product instead of several small ones.
 *
 * @returns a function of the transitions and of each step's numbers, named by `nameAt`.
 */
export const createDqnSteps = <Q extends QFunction>({
  q,
  target,
  loss,
  optimizers,
  targetUpdate,
  double,
  batchSize,
  compile,
}: {
  readonly q: Q;
  readonly target: Q;
  readonly loss: DqnLoss<Q>;
  readonly optimizers: OptimizerGroup;
  readonly targetUpdate: TargetUpdate;
  readonly double: boolean;
  /** N. */
  readonly batchSize: number;
  readonly compile: Compile | undefined;
}): ((batches: StepBatches, numbers: Numbers) => StepResults) => {
  const takeStep = createStep<Micro, { errors: Tensor1D; valueMean: Scalar }>({
    name: "dqn",
    parameters: q.parameters,
    optimizers,
    loss: ({ observations, actions, weights, ...inputs }) => {
      const outputs = loss.outputs(q, observations);
      const predictions = select(outputs, actions);
      const { losses, errors } = loss.losses(q, { ...inputs, predictions });
      return {
        loss: tf.mean(weights ? tf.mul(losses, weights) : losses),
        auxiliary: {
          errors: errors as Tensor1D,
          valueMean: tf.mean(select(loss.expectations(q, outputs), actions)) as Scalar,
        },
      };
    },
    measure: ({ errors, valueMean }) => ({ valueMean, tdError: tf.mean(errors) as Scalar }),
  });

  const run = (batches: StepBatches, numbers: Scalars): StepResults => {
    const steps = batches.actions.shape[0] / batchSize;
    const cut = <T extends Tensor>(x: T, step: number): T => tf.slice(x, step * batchSize, batchSize);
    const still = targetUpdate.follow ? undefined : loss.outputs(target, batches.successors); // [S·N, A, …]
    let previous: Scalar | undefined;
    const results = Array.from({ length: steps }, (_, step) => {
      const own = Object.fromEntries(
        Object.entries(batches).map(([name, tensor]) => [name, cut(tensor as Tensor, step)]),
      ) as StepBatches;
      const ahead = still ? cut(still, step) : loss.outputs(target, own.successors); // [N, A, …]
      const best = tf.argMax(double ? q.values(own.successors) : loss.expectations(target, ahead), 1); // [N]
      const micro = { ...own, successors: select(ahead, best) };
      const result = takeStep([micro], numbersAt(step, numbers), { previous });
      previous = result.applies;
      if (targetUpdate.follow) {
        followIfMade(targetUpdate.follow, [target.parameters, q.parameters], previous);
      }
      return result;
    });
    return {
      numbers: joinPacked(
        results.map(({ numbers }) => numbers),
        results.map((_, step) => nameAt(step, "")),
      ),
      errors: tf.concat(results.map(({ sums }) => sums.errors)),
    };
  };
  return compileTree(run, compile, "dqn.steps");
};
