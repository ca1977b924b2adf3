import type { Stats } from "@accord-rl/core";
import { readPacked, requireFiniteStats } from "@accord-rl/math";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Reads scalars in one go. @throws NonFiniteError that names the first one that is NaN or infinite. */
export const readFinite = async (
  scalars: Readonly<Record<string, Tensor>>,
  learner: { readonly name: string; readonly update: number },
): Promise<Stats> => {
  const values = tf.stack(Object.values(scalars)) as Tensor1D;
  const [stats] = await readPacked([{ names: Object.keys(scalars), values }]);
  values.dispose();
  return requireFiniteStats(stats!, learner);
};
