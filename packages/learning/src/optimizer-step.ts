import type { Compile, Parameters, Stats } from "@accord-rl/core";
import { compileTree, type LossAndAuxiliary, type ValueAndGradients } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { accumulateGradients, gradientStep } from "./accumulate-gradients.ts";
import { createGuardedUpdate } from "./guarded-update.ts";
import { requireFiniteStats } from "./learner-stats.ts";
import type { Coefficients, OptimizerGroup } from "./optimizer-group.ts";
import { createPack, readPacked } from "./packed-numbers.ts";

type Scalars = Readonly<Record<string, Scalar>>;

export interface OptimizerStepParts<Micro extends object> {
  /** For profiles and errors. */
  readonly name: string;
  /** The loss and the numbers to log, as sums that add up over micro-batches. */
  readonly loss: (micro: Micro) => LossAndAuxiliary<Scalars>;
  readonly parameters: Parameters;
  readonly optimizers: OptimizerGroup;
  /** Makes one call of a step, or of each micro-batch's gradients where there are several. Default: op by op. */
  readonly compile?: Compile | undefined;
}

/**
 * One optimizer step, however many micro-batches it is computed in. With one of them it is one compiled call, from the
 * batch's tensors to the new parameters.
 *
 * @returns a function that takes the micro-batches (called inside a tidy) and the number of the update for errors, and
 *   gives the loss, what the closure logs, and gradientNorm. A number that is not finite throws NonFiniteError, and
 *   nothing is changed.
 */
export const createOptimizerStep = <Micro extends object>({
  name,
  loss,
  parameters,
  optimizers,
  compile,
}: OptimizerStepParts<Micro>): ((micros: () => Iterable<Micro>, update: number) => Promise<Stats>) => {
  const packing = createPack();
  const gradientsOf = gradientStep(loss, parameters, compile, `${name}.gradients`);
  const change = createGuardedUpdate(optimizers, compile, `${name}.change`);

  const learnFrom = (
    { loss, auxiliary, gradients }: ValueAndGradients<Scalars>,
    coefficients: Coefficients,
  ): { numbers: Tensor1D } => {
    const measured = packing.pack({ loss, ...auxiliary });
    const { gradientNorm } = change({ measured, gradients, coefficients });
    return { numbers: tf.concat1d([measured, tf.reshape(gradientNorm, [1])]) };
  };
  const learnFromOne = compileTree(
    ({ micro, coefficients }: { micro: Micro; coefficients: Coefficients }) =>
      tf.tidy(() => learnFrom(gradientsOf(micro), coefficients)),
    compile,
    `${name}.step`,
  );

  return async (micros, update) => {
    const { numbers: values } = tf.tidy(() => {
      const coefficients = optimizers.coefficients();
      const all = [...micros()];
      return all.length === 1
        ? learnFromOne({ micro: all[0]!, coefficients })
        : learnFrom(accumulateGradients(all, gradientsOf), coefficients);
    });
    const [numbers] = await readPacked([{ names: [...packing.names, "gradientNorm"], values }]);
    values.dispose();
    requireFiniteStats(numbers!, { name, update });
    optimizers.advance();
    return numbers!;
  };
};
