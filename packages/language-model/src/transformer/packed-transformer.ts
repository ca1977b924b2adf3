import type { Parameters } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { checkConfig } from "../config/config-problem.ts";
import type { TransformerConfig } from "../config/transformer-config.ts";
import { cloneLayerTables, createLayerTables } from "../layers/layer-tables.ts";
import { frozenModel } from "../lora/freeze.ts";
import { canBePacked, type PackedMatrix, packMatrix } from "../weights/packed-matrix.ts";
import { copyParameters, readEach, toVariable } from "../weights/transformer-parameters.ts";
import { plainWeights } from "../weights/weight.ts";
import { countHolders } from "./shared-parts.ts";
import { type ReadTransformer, type Transformer, wholeTransformer } from "./transformer.ts";
import { projectionsOf } from "./trunk.ts";

/** A model of these tensors, of which none is trained. Takes ownership of them. */
const packedTransformer = (
  config: TransformerConfig,
  parameters: Parameters,
  packed: ReadonlyMap<string, PackedMatrix>,
): Transformer => {
  const tables = createLayerTables(config);
  const plain = plainWeights(parameters);
  const weights = (name: string) => packed.get(name) ?? plain(name);
  const parts = { config, parameters, tables, weights, projections: projectionsOf(weights, parameters) };
  const free = () => {
    tf.dispose([Object.values(parameters), Object.values(tables)]);
    for (const matrix of packed.values()) matrix.dispose();
  };
  const unpacked = (): Parameters =>
    tf.tidy(() => {
      const nothing = tf.scalar(0);
      return Object.fromEntries(
        [...packed].map(([name, matrix]) => [name, tf.variable(matrix.read(nothing))]),
      );
    });
  const copy = () =>
    wholeTransformer(config, { ...copyParameters(parameters), ...unpacked() }, cloneLayerTables(tables));
  return frozenModel({ parts, hold: countHolders(free), copy });
};

/**
 * A model to compute with and not to train, whose matrices are held in eight bits and read one after the other: the
 * process needs little more than them. Rows that are no whole blocks of 32 stay float32, and so do vectors.
 *
 * @param path  for error messages
 * @throws InvalidArgumentError when the configuration is unusable, CheckpointError when a number is not finite, and
 *   what `readPart` throws.
 */
export const readPackedTransformer: ReadTransformer = async (config, readPart, path) => {
  checkConfig("readTransformer", config);
  const packed = new Map<string, PackedMatrix>();
  const parameters: Record<string, tf.Variable> = {};
  try {
    await readEach(config, readPart, path, (name, data, shape) => {
      if (canBePacked(shape)) packed.set(name, packMatrix(data, shape));
      else parameters[name] = toVariable(data, shape);
    });
  } catch (error) {
    tf.dispose(Object.values(parameters));
    for (const matrix of packed.values()) matrix.dispose();
    throw error;
  }
  return packedTransformer(config, parameters, packed);
};
