import type { Stats } from "@accord-rl/core";
import { compileTree, readPacked, type Scalars } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { requireFiniteStats } from "./learner-stats.ts";
import type { OptimizerGroup } from "./optimizer-group.ts";
import { createStep, type StepDefinition } from "./step.ts";

/**
 * One optimizer step on a batch, however many micro-batches it is computed in. With one of them it is one compiled call,
 * from the batch's tensors to the new parameters.
 *
 * @returns a function that takes the micro-batches (called inside a tidy) and the number of the update for errors, and
 *   gives the loss, what the loss hands out, and gradientNorm. A number that is not finite throws NonFiniteError, and
 *   nothing is changed.
 */
export const createBatchStep = <Micro extends object>(
  definition: StepDefinition<Micro, Scalars> & { readonly optimizers: OptimizerGroup },
): ((micros: () => Iterable<Micro>, update: number) => Promise<Stats>) => {
  const { name, optimizers, compile } = definition;
  const step = createStep(definition);
  const inOneCall = compileTree(
    ({ micro }: { micro: Micro }, numbers) => ({ numbers: step([micro], numbers).numbers }),
    compile,
    `${name}.step`,
  );

  return async (micros, update) => {
    const { numbers: packed } = tf.tidy(() => {
      const all = [...micros()];
      const now = optimizers.numbers();
      const { numbers } = all.length === 1 ? inOneCall({ micro: all[0]! }, now) : step(all, now);
      return { numbers };
    });
    const [numbers] = await readPacked([packed]);
    packed.values.dispose();
    requireFiniteStats(numbers!, { name, update });
    optimizers.advance();
    return numbers!;
  };
};
