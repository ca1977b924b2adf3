import type { Compile, LanguageModel, Parameters, Random } from "@accord-rl/core";
import { parametersState, restoreParameters } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkConfig } from "../config/config-problem.ts";
import type { TransformerConfig } from "../config/transformer-config.ts";
import { compileWriter, type StepDistribution } from "../generation/compiled-writer.ts";
import type { StartWriter } from "../generation/writer.ts";
import { cloneLayerTables, createLayerTables, type LayerTables } from "../layers/layer-tables.ts";
import {
  copyParameters,
  createParameters,
  randomWeights,
  readParameters,
  type TransformerWeights,
} from "../weights/transformer-parameters.ts";
import { plainWeights } from "../weights/weight.ts";
import type { ReadPart } from "../weights/weight-parts.ts";
import { createDecoder, type Decoder, outputWeight } from "./decoder.ts";
import { checkLength, readWhole } from "./read-whole.ts";
import { countHolders, type SharedParts } from "./shared-parts.ts";
import { projectionsOf } from "./trunk.ts";

/** A causal language model. */
export interface Transformer extends LanguageModel {
  readonly config: TransformerConfig;
  /**
   * @param hidden  [..., D]
   * @param bias    [V] added to every row
   * @returns [..., V]
   */
  logits(hidden: Tensor, bias?: Tensor1D): Tensor;
  /**
   * Reads prompts, keeping their keys and values, and stands ready to continue them token by token.
   *
   * @param prompts.tokenIds   [B, P] int32, padded on the left
   * @param prompts.tokenMask  [B, P] float32
   */
  decode(prompts: { readonly tokenIds: Tensor2D; readonly tokenMask: Tensor2D }): Decoder;
  /** Prompts read by one compiled call, and continued by several tokens at each further one. */
  compileWriting(compile: Compile, distribution: StepDistribution): StartWriter;
  /** What it computes with: adapters and frozen copies hold the same weights. */
  readonly shared: SharedParts;
  clone(): Transformer;
}

const isRandom = (source: TransformerWeights | Random): source is Random =>
  typeof (source as { uniform?: unknown }).uniform === "function";

/** What a model trains, of what it computes with. */
export interface TrainedPart<Model extends Transformer> {
  readonly parameters: Parameters;
  clone(): Model;
}

/** A model of these parts. Holds them until it is disposed of. */
export const assembleTransformer = <Model extends Transformer = Transformer>(
  shared: SharedParts,
  { parameters, clone }: TrainedPart<Model>,
): Transformer & { clone(): Model } => {
  const { parts } = shared;
  const { config } = parts;
  const { width, contextLength, vocabularySize } = config;
  const release = shared.hold();

  return {
    config,
    width,
    contextLength,
    vocabularySize,
    parameters,
    shared,
    hidden: (tokenIds, tokenMask) => readWhole(parts, tokenIds, tokenMask),
    logits: (x, bias) => outputWeight(parts).multiply(x, bias),
    decode: (prompts) => {
      checkLength("Transformer.decode", prompts.tokenIds, contextLength);
      return createDecoder(parts, prompts);
    },
    compileWriting: (compile, distribution) => compileWriter(parts, distribution, compile),
    clone,
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: (state) => restoreParameters(parameters, state.tensors, "Transformer.restore"),
    dispose: release,
  };
};

/** A model that trains all it computes with. */
export const wholeTransformer = (
  config: TransformerConfig,
  parameters: Parameters,
  tables: LayerTables,
): Transformer => {
  const weights = plainWeights(parameters);
  const parts = { config, parameters, tables, weights, projections: projectionsOf(weights, parameters) };
  const hold = countHolders(() => tf.dispose([...Object.values(parameters), ...Object.values(tables)]));
  const clone = () => wholeTransformer(config, copyParameters(parameters), cloneLayerTables(tables));
  return assembleTransformer({ parts, hold, copy: clone }, { parameters, clone });
};

/**
 * A causal language model: Llama (RMSNorm, rotary embeddings, grouped-query attention, SwiGLU), or what the
 * configuration chooses instead.
 *
 * @param source  weights by the names that `parameters` has (as `loadModel` reads them), or a generator for random ones
 * @throws InvalidArgumentError when the configuration is unusable, CheckpointError when the weights don't fit it.
 * @see Touvron et al. 2023. https://arxiv.org/abs/2302.13971
 */
export const createTransformer = (
  config: TransformerConfig,
  source: TransformerWeights | Random,
): Transformer => {
  checkConfig("createTransformer", config);
  const weights = isRandom(source) ? randomWeights(config, source) : source;
  return wholeTransformer(config, createParameters(config, weights), createLayerTables(config));
};

/** Makes a model of what is read part by part. */
export type ReadTransformer = (
  config: TransformerConfig,
  readPart: ReadPart,
  path: string,
) => Promise<Transformer>;

/**
 * A model whose weights are read one after the other: little more than the model itself is in memory.
 *
 * @param path  for error messages
 * @throws InvalidArgumentError when the configuration is unusable, CheckpointError when a number is not finite, and
 *   what `readPart` throws.
 */
export const readTransformer: ReadTransformer = async (config, readPart, path) => {
  checkConfig("readTransformer", config);
  const parameters = await readParameters(config, readPart, path);
  return wholeTransformer(config, parameters, createLayerTables(config));
};
