import type { Stats } from "@accord-rl/core";
import { assertFinite } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Reads scalars in one go. @throws NonFiniteError that names the first one that is NaN or infinite. */
export const readFinite = async (
  scalars: Readonly<Record<string, Tensor>>,
  { name: algorithm, update }: { readonly name: string; readonly update: number },
): Promise<Stats> => {
  const stacked = tf.stack(Object.values(scalars));
  const numbers = await stacked.data();
  stacked.dispose();
  const stats = Object.fromEntries(Object.keys(scalars).map((name, i) => [name, numbers[i] as number]));
  for (const [name, value] of Object.entries(stats)) {
    assertFinite(`${algorithm}: ${name}`, value, {
      step: update,
      hint: "Lower the learning rate, or bound the gradient's norm; go on from the last checkpoint.",
    });
  }
  return stats;
};

/** The mean of each number over several steps. */
export const meanStats = (steps: readonly Stats[]): Stats =>
  Object.fromEntries(
    Object.keys(steps[0] ?? {}).map((name) => [
      name,
      steps.reduce((sum, step) => sum + step[name]!, 0) / steps.length,
    ]),
  );
