import {
  type Compile,
  joinStates,
  type Learner,
  type Stateful,
  type Stats,
  splitState,
  type Trainable,
} from "@accord-rl/core";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { largestFloat } from "./checks.ts";
import { compileTree } from "./compile-tree.ts";
import {
  accumulateGradients,
  type Gradients,
  globalNorm,
  gradientStep,
  type LossAndAuxiliary,
  type ValueAndGradients,
} from "./gradients.ts";
import { requireFiniteStats } from "./learner-stats.ts";
import type { OptimizerFactory } from "./optimizer.ts";
import { createPack, readPacked } from "./packed-numbers.ts";
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

/** What an optimizer's step depends on. */
interface Change {
  /** The loss, and what is logged with it. */
  readonly measured: Tensor1D;
  readonly gradients: Gradients;
  /** [C]. */
  readonly coefficients: Tensor1D;
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
  optimizer: createOptimizer,
  compile,
  prepare,
  loss,
}: GradientLearnerParts<Batch, Micro>): Learner<Batch> => {
  const [[part, model]] = Object.entries(models) as [[string, Trainable & Stateful]];
  const { parameters } = model;
  const optimizer = createOptimizer(parameters);
  const packing = createPack();
  let updates = 0;

  const gradientsOf = gradientStep(loss, parameters, compile, `${name}.gradients`);
  const change = compileTree(
    ({ measured, gradients, coefficients }: Change) =>
      tf.tidy(() => {
        const numbers = tf.concat1d([measured, tf.reshape(globalNorm(gradients), [1])]);
        const applies = tf.all<Scalar>(tf.lessEqual(tf.abs(numbers), largestFloat));
        optimizer.traceable.update(coefficients, gradients, applies);
        return { numbers };
      }),
    compile,
    `${name}.change`,
  );
  const learnFrom = (
    { loss, auxiliary, gradients }: ValueAndGradients<Scalars>,
    coefficients: Tensor1D,
  ): { numbers: Tensor1D } =>
    change({ measured: packing.pack({ loss, ...auxiliary }), gradients, coefficients });
  const step = compileTree(
    ({ micro, coefficients }: { micro: Micro; coefficients: Tensor1D }) =>
      tf.tidy(() => learnFrom(gradientsOf(micro), coefficients)),
    compile,
    `${name}.step`,
  );

  const learn = (batch: Batch): { numbers: Tensor1D } =>
    tf.tidy(() => {
      const coefficients = tf.tensor1d(optimizer.traceable.coefficients(1));
      const micros = [...prepare(batch)];
      return micros.length === 1
        ? step({ micro: micros[0]!, coefficients })
        : learnFrom(accumulateGradients(micros, gradientsOf), coefficients);
    });

  const update = async (batch: Batch): Promise<Stats> => {
    const { numbers: values } = learn(batch);
    const [numbers] = await readPacked([{ names: [...packing.names, "gradientNorm"], values }]);
    values.dispose();
    requireFiniteStats(numbers!, { name, update: updates });
    const { learningRate } = optimizer;
    optimizer.traceable.advance(1);
    updates += 1;
    return { ...numbers, learningRate };
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
      // First into another optimizer, so that nothing is changed when the model's part turns out to be wrong.
      const trial = createOptimizer(parameters);
      try {
        trial.restore(parts.optimizer!);
        model.restore(parts[part]!);
      } finally {
        trial.dispose();
      }
      optimizer.restore(parts.optimizer!);
      updates = restored;
    },
    dispose: () => optimizer.dispose(),
  };
};
