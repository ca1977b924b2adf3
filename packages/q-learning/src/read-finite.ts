import type { Stats } from "@accord-rl/core";
import { requireFiniteStats } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Reads scalars in one go. @throws NonFiniteError that names the first one that is NaN or infinite. */
export const readFinite = async (
  scalars: Readonly<Record<string, Tensor>>,
  learner: { readonly name: string; readonly update: number },
): Promise<Stats> => {
  const stacked = tf.stack(Object.values(scalars));
  const numbers = await stacked.data();
  stacked.dispose();
  const stats = Object.fromEntries(Object.keys(scalars).map((name, i) => [name, numbers[i] as number]));
  return requireFiniteStats(stats, learner);
};
