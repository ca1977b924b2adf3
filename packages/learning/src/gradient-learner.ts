import type { Compile, Learner, Stateful, Stats, Trainable } from "@accord-rl/core";
import type { LossAndAuxiliary, Scalars } from "@accord-rl/math";
import { createBatchStep } from "./batch-step.ts";
import { createLearnerState } from "./learner-state.ts";
import type { OptimizerFactory } from "./optimizer.ts";

export interface GradientLearnerParts<Batch, Micro extends object> {
  /** For errors, and the name of its part of the state. */
  readonly name: string;
  /** The model to train, by its name in the state. It stays the caller's to dispose of. */
  readonly model: Readonly<Record<string, Trainable & Stateful>>;
  readonly optimizer: OptimizerFactory;
  /** Makes one call of a step, or of each micro-batch's gradients where there are several. Default: op by op. */
  readonly compile?: Compile | undefined;
  /** Cuts a batch into micro-batches of tensors; throws, before it gives any, for what can't be learned from. */
  readonly prepare: (batch: Batch) => Iterable<Micro>;
  /** The loss and the numbers to log, as sums that add up over micro-batches. */
  readonly loss: (micro: Micro) => LossAndAuxiliary<Scalars>;
}

/**
 * A learner that takes one optimizer step per batch, however many micro-batches that is computed in. A batch in one of
 * them is one compiled call, from its tensors to the new parameters.
 *
 * `update` gives the loss, what the closure logs, gradientNorm and learningRate. A number that is not finite throws, and
 * nothing is changed. The state is the model's, the optimizer's and the count of updates.
 */
export const createGradientLearner = <Batch, Micro extends object>({
  name,
  model: parts,
  optimizer,
  compile,
  prepare,
  loss,
}: GradientLearnerParts<Batch, Micro>): Learner<Batch> => {
  const [{ parameters }] = Object.values(parts) as [Trainable & Stateful];
  const learner = createLearnerState({
    name,
    optimized: { optimizer: { parameters, optimizer } },
    parts,
    parameters,
  });
  const step = createBatchStep({ name, loss, parameters, optimizers: learner.optimizers, compile });

  const update = async (batch: Batch): Promise<Stats> => {
    const { learningRate } = learner.optimizers;
    const numbers = await step(() => prepare(batch), learner.updates);
    learner.countUpdate();
    return { ...numbers, learningRate };
  };

  const { state, restore, dispose } = learner;
  return { update, state, restore, dispose };
};
