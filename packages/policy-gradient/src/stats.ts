import type { Stats } from "@accord-rl/core";
import { meanStats, requireFiniteStats } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Numbers by name as one tensor: they leave a compiled function, and are read, together. */
export interface Packed {
  readonly names: readonly string[];
  /** One for each name. */
  readonly values: Tensor1D;
}

export type Numbers = Readonly<Record<string, number>>;

/** What one optimizer step gives. */
export type StepNumbers = Numbers & Record<"loss" | "gradientNorm" | "ratioDeviation", number>;

/** Makes one tensor of scalars, inside a function that may be compiled. */
export const createPack = () => {
  let names: readonly string[] = [];
  return {
    /** Of what was packed last: a compiled function gives the same each time. */
    get names() {
      return names;
    },
    pack: (scalars: Readonly<Record<string, Scalar>>): Tensor1D => {
      names = Object.keys(scalars);
      return tf.stack(Object.values(scalars)) as Tensor1D;
    },
  };
};

/** Reads numbers in one go. */
export const readPacked = async (packed: readonly Packed[]): Promise<Numbers[]> => {
  const joined = tf.concat(packed.map(({ values }) => values));
  const read = await joined.data();
  joined.dispose();
  let next = 0;
  return packed.map(({ names }) => Object.fromEntries(names.map((name) => [name, read[next++]!])));
};

/** Whether the policy has moved beyond a limit, compared as a step compares it: in float32. */
export const hasMovedTooFar = ({ approxKl }: Numbers, limit: number): boolean =>
  approxKl !== undefined && approxKl > Math.fround(limit);

/**
 * An update's numbers: those of the batch, the means of those of its steps, and what was set.
 *
 * @throws NonFiniteError that names the first one that is NaN or infinite.
 */
export const summarize = (
  batch: Numbers,
  steps: readonly StepNumbers[],
  settings: Readonly<Record<string, number | undefined>>,
  learner: { readonly name: string; readonly update: number },
): Stats => {
  // How far scoring is from what was sampled is a matter of the first step alone.
  const { ratioDeviation } = { ...steps[0], ...batch };
  const stats: Record<string, number> = { ...batch, ...meanStats(steps), ratioDeviation: ratioDeviation! };
  requireFiniteStats(stats, learner);
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) stats[name] = value;
  return stats;
};
