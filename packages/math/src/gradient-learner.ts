import {
  type Compile,
  joinStates,
  type Learner,
  type Stateful,
  type Stats,
  splitState,
  type Trainable,
} from "@accord-rl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { accumulateGradients, globalNorm, gradientStep, type LossAndAuxiliary } from "./gradients.ts";
import { requireFiniteStats } from "./learner-stats.ts";
import type { OptimizerFactory } from "./optimizer.ts";
import { readUpdates } from "./restore-learner.ts";

type Scalars = Readonly<Record<string, Scalar>>;

export interface GradientLearnerParts<Batch, Micro extends object> {
  /** For errors, and the name of its part of the state. */
  readonly name: string;
  /** What is trained, by its name in the state. It stays the caller's to dispose of. */
  readonly model: Readonly<Record<string, Trainable & Stateful>>;
  readonly optimizer: OptimizerFactory;
  /** Makes one call of loss and gradients of a micro-batch. Default: op by op. */
  readonly compile?: Compile | undefined;
  /** Cuts a batch into micro-batches of tensors; throws, before it gives any, for what can't be learned from. */
  readonly prepare: (batch: Batch) => Iterable<Micro>;
  /** The loss and the numbers to log, as sums that add up over micro-batches. */
  readonly loss: (micro: Micro) => LossAndAuxiliary<Scalars>;
}

/**
 * A learner that takes one optimizer step per batch, however many micro-batches that is computed in.
 *
 * `update` gives the loss, what the closure logs, gradientNorm and learningRate. A number that is not finite throws before
 * anything is changed. The state is the model's, the optimizer's and the count of updates.
 */
export const createGradientLearner = <Batch, Micro extends object>({
  name,
  model: models,
  optimizer: createOptimizer,
  compile,
  prepare,
  loss,
}: GradientLearnerParts<Batch, Micro>): Learner<Batch> => {
  const [[part, model]] = Object.entries(models) as [[string, Trainable & Stateful]];
  const { parameters } = model;
  const step = gradientStep(loss, parameters, compile, `${name}.gradients`);
  let optimizer = createOptimizer(parameters);
  let updates = 0;

  const update = async (batch: Batch): Promise<Stats> => {
    const { gradients, names, numbers } = tf.tidy(() => {
      const { loss, gradients, auxiliary } = accumulateGradients(prepare(batch), step);
      const all: Scalars = { loss, ...auxiliary, gradientNorm: globalNorm(gradients) };
      return { gradients, names: Object.keys(all), numbers: tf.stack(Object.values<Tensor>(all)) };
    });
    try {
      const read = await numbers.data();
      const stats: Stats = requireFiniteStats(
        Object.fromEntries(names.map((quantity, i) => [quantity, read[i] as number])),
        { name, update: updates },
      );
      const { learningRate } = optimizer;
      optimizer.apply(gradients);
      updates += 1;
      return { ...stats, learningRate };
    } finally {
      tf.dispose([gradients, numbers]);
    }
  };

  return {
    update,
    state: async () =>
      joinStates({
        [part]: await model.state(),
        optimizer: await optimizer.state(),
        [name]: { tensors: {}, json: { updates } },
      }),
    restore: (state) => {
      const parts = splitState(state, [part, "optimizer", name], `${name}.restore`);
      const restored = readUpdates(parts[name]!.json, name);
      // Into a new optimizer, so that nothing is changed when the model's part turns out to be wrong.
      const fresh = createOptimizer(parameters);
      try {
        fresh.restore(parts.optimizer!);
        model.restore(parts[part]!);
      } catch (error) {
        fresh.dispose();
        throw error;
      }
      optimizer.dispose();
      optimizer = fresh;
      updates = restored;
    },
    dispose: () => optimizer.dispose(),
  };
};
