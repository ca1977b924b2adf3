import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Scalars by name. */
export type Scalars = Readonly<Record<string, Scalar>>;

/** Scalars by name in one tensor: they leave a compiled function, and are read, together. */
export type Packed = {
  readonly names: string[];
  /** [names]. */
  readonly values: Tensor1D;
};

/** Makes one tensor of scalars. */
export const pack = (scalars: Scalars): Packed => ({
  names: Object.keys(scalars),
  values: tf.stack(Object.values(scalars)) as Tensor1D,
});

/** Reads numbers in one go. */
export const readPacked = async (packed: readonly Packed[]): Promise<Readonly<Record<string, number>>[]> => {
  const joined = tf.concat(packed.map(({ values }) => values));
  const read = await joined.data();
  joined.dispose();
  let next = 0;
  return packed.map(({ names }) => Object.fromEntries(names.map((name) => [name, read[next++]!])));
};

/** Puts packed numbers one after another; each part's names get its prefix, if it has one. */
export const joinPacked = (parts: readonly Packed[], prefixes: readonly string[] = []): Packed => ({
  names: parts.flatMap(({ names }, i) => names.map((name) => `${prefixes[i] ?? ""}${name}`)),
  values: parts.length === 1 ? parts[0]!.values : tf.concat1d(parts.map(({ values }) => values)),
});
