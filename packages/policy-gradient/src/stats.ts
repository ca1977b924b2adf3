import type { Stats } from "@accord-rl/core";
import { assertFinite } from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** What one optimizer step gives. */
export interface StepNumbers {
  readonly [name: string]: Scalar;
  readonly loss: Scalar;
  readonly gradientNorm: Scalar;
}

/** Reads scalars in one go. */
export const readScalars = async <Name extends string>(
  scalars: Readonly<Record<Name, Scalar>>,
): Promise<Record<Name, number>> => {
  const stacked = tf.stack(Object.values<Scalar>(scalars));
  const numbers = await stacked.data();
  stacked.dispose();
  return Object.fromEntries(Object.keys(scalars).map((name, i) => [name, numbers[i]])) as Record<
    Name,
    number
  >;
};

/** Whether the policy has moved beyond what the options allow; reads nothing where they allow all. */
export const hasMovedTooFar = async (
  { approxKl }: Readonly<Record<string, Scalar>>,
  { maxApproxKl }: { readonly maxApproxKl?: number | null },
): Promise<boolean> =>
  typeof maxApproxKl === "number" &&
  approxKl !== undefined &&
  (await readScalars({ approxKl })).approxKl > maxApproxKl;

/**
 * Reads an update's numbers: those of the batch, the means of those of its steps, and what was set.
 *
 * @throws NonFiniteError that names the first one that is NaN or infinite.
 */
export const readStats = async (
  batch: Readonly<Record<string, Scalar>>,
  steps: readonly StepNumbers[],
  settings: Readonly<Record<string, number | undefined>>,
  { name: algorithm, update }: { readonly name: string; readonly update: number },
): Promise<Stats> => {
  const means = tf.tidy(() =>
    Object.fromEntries(
      Object.keys(steps[0] ?? {}).map((name) => [
        name,
        tf.mean<Scalar>(tf.stack(steps.map((step) => step[name]!))),
      ]),
    ),
  );
  const stats: Record<string, number> = await readScalars({ ...batch, ...means });
  tf.dispose(means);
  for (const [name, value] of Object.entries(stats)) {
    assertFinite(`${algorithm}: ${name}`, value, {
      step: update,
      hint: "Lower the learning rate, or bound the gradient's norm; go on from the last checkpoint.",
    });
  }
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) stats[name] = value;
  return stats;
};
