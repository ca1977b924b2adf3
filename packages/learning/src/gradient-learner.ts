import {
  type Compile,
  joinStates,
  type Learner,
  type Stateful,
  type Stats,
  splitState,
  type Trainable,
} from "@accord-rl/core";
import type { LossAndAuxiliary } from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { OptimizerFactory } from "./optimizer.ts";
import { createOptimizerGroup } from "./optimizer-group.ts";
import { createOptimizerStep } from "./optimizer-step.ts";
import { readUpdates } from "./restore-learner.ts";

type Scalars = Readonly<Record<string, Scalar>>;

export interface GradientLearnerParts<Batch, Micro extends object> {
  /** For errors, and the name of its part of the state. */
  readonly name: string;
  /** What is trained, by its name in the state. It stays the caller's to dispose of. */
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
  model: models,
  optimizer,
  compile,
  prepare,
  loss,
}: GradientLearnerParts<Batch, Micro>): Learner<Batch> => {
  const [[part, model]] = Object.entries(models) as [[string, Trainable & Stateful]];
  const { parameters } = model;
  const optimizers = createOptimizerGroup({ optimizer: { parameters, optimizer } });
  const step = createOptimizerStep({ name, loss, parameters, optimizers, compile });
  let updates = 0;

  const update = async (batch: Batch): Promise<Stats> => {
    const { learningRate } = optimizers;
    const numbers = await step(() => prepare(batch), updates);
    updates += 1;
    return { ...numbers, learningRate };
  };

  return {
    update,
    state: async () =>
      joinStates({
        [part]: await model.state(),
        ...(await optimizers.states()),
        [name]: { tensors: {}, json: { updates } },
      }),
    restore: (state) => {
      const parts = splitState(state, [part, "optimizer", name], `${name}.restore`);
      const restored = readUpdates(parts[name]!.json, name);
      // First the optimizer's part, so that nothing is changed when one of them turns out to be wrong.
      optimizers.check(parts);
      model.restore(parts[part]!);
      optimizers.restore(parts);
      updates = restored;
    },
    dispose: optimizers.dispose,
  };
};
