import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Numbers by name as one tensor: they leave a compiled function, and are read, together. */
export interface Packed {
  readonly names: readonly string[];
  /** One for each name. */
  readonly values: Tensor1D;
}

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
export const readPacked = async (packed: readonly Packed[]): Promise<Readonly<Record<string, number>>[]> => {
  const joined = tf.concat(packed.map(({ values }) => values));
  const read = await joined.data();
  joined.dispose();
  let next = 0;
  return packed.map(({ names }) => Object.fromEntries(names.map((name) => [name, read[next++]!])));
};
