import { CheckpointError } from "@accord-rl/core";
import { joinWeights, type LayerWeights, type SeparateWeights, separateWeights } from "./layer-weights.ts";
import { configProblem, headSizes, type TransformerConfig } from "./transformer-config.ts";
import type { TransformerWeights } from "./transformer-parameters.ts";

const headerLength = 28;

/** The format stores each kind of weight for all layers together, in this order. */
const kinds = [
  "attentionNorm",
  "queries",
  "keys",
  "values",
  "attentionOutput",
  "feedForwardNorm",
  "gate",
  "down",
  "up",
] as const satisfies readonly (keyof LayerWeights)[];

const lengthOf = (config: TransformerConfig): Record<keyof LayerWeights, number> => {
  const { width: D, hiddenWidth: F } = config;
  const keyLength = headSizes(config).valueWidth * D;
  return {
    attentionNorm: D,
    queries: D * D,
    keys: keyLength,
    values: keyLength,
    attentionOutput: D * D,
    feedForwardNorm: D,
    gate: F * D,
    down: D * F,
    up: F * D,
  };
};

/** Numbers after the header: the weights, and the tables of angles that old readers expect. */
const numbersIn = (config: TransformerConfig) => {
  const { vocabularySize: V, width: D, layers, contextLength, tiedOutput } = config;
  const perLayer = Object.values(lengthOf(config)).reduce((sum, length) => sum + length, 0);
  const angles = contextLength * headSizes(config).headSize; // cosines, then sines, of half a head each
  return { angles, total: V * D + layers * perLayer + D + angles + (tiedOutput ? 0 : V * D) };
};

const readHeader = (bytes: Uint8Array, fail: (message: string) => never): TransformerConfig => {
  if (bytes.length < headerLength)
    fail(`${bytes.length} bytes, expected a llama2.c header of ${headerLength}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const [width, hiddenWidth, layers, heads, keyValueHeads, vocabulary, contextLength] = Array.from(
    { length: 7 },
    (_, i) => view.getInt32(4 * i, true),
  ) as [number, number, number, number, number, number, number];
  const config: TransformerConfig = {
    vocabularySize: Math.abs(vocabulary),
    width,
    hiddenWidth,
    layers,
    heads,
    keyValueHeads,
    contextLength,
    ropeTheta: 10000,
    ropeLayout: "interleaved",
    normEpsilon: 1e-5,
    tiedOutput: vocabulary > 0,
  };
  const problem = configProblem(config);
  return problem ? fail(`not a llama2.c model: ${problem} in its header`) : config;
};

/**
 * Reads llama2.c's model.bin (the float32 format without version). The results may share memory with `bytes`.
 *
 * @param path  for error messages
 * @throws CheckpointError, before anything is allocated, when the file is cut or is none.
 * @see https://github.com/karpathy/llama2.c
 */
export const decodeLlama2c = (
  bytes: Uint8Array,
  path: string,
): { config: TransformerConfig; weights: TransformerWeights } => {
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  const config = readHeader(bytes, fail);
  const { angles, total } = numbersIn(config);
  const expected = headerLength + 4 * total;
  if (bytes.length !== expected) {
    const what = bytes.length < expected ? "cut short" : "too long";
    fail(`${what}: ${bytes.length} bytes, expected ${expected} by its header. Fetch it again.`);
  }
  const isAligned = bytes.byteOffset % 4 === 0;
  const source = isAligned ? bytes : bytes.slice();
  const numbers = new Float32Array(source.buffer, source.byteOffset + headerLength, total);
  let offset = 0;
  const take = (length: number): Float32Array => {
    offset += length;
    return numbers.subarray(offset - length, offset);
  };
  const { width: D, vocabularySize: V, layers } = config;
  const lengths = lengthOf(config);
  const embedding = take(V * D);
  const stacked = kinds.map((kind) => {
    const parts = Array.from({ length: layers }, () => take(lengths[kind]));
    return [kind, parts] as const;
  });
  const norm = take(D);
  take(angles);
  const output = config.tiedOutput ? undefined : take(V * D);
  const byLayer = Array.from(
    { length: layers },
    (_, i) => Object.fromEntries(stacked.map(([kind, parts]) => [kind, parts[i]])) as unknown as LayerWeights,
  );
  return { config, weights: joinWeights(config, { embedding, layers: byLayer, norm, output }) };
};

const angleTables = (config: TransformerConfig): Float32Array[] => {
  const { headSize } = headSizes(config);
  const half = headSize / 2;
  const table = (f: (angle: number) => number) =>
    Float32Array.from({ length: config.contextLength * half }, (_, i) =>
      f(Math.floor(i / half) * config.ropeTheta ** ((-2 * (i % half)) / headSize)),
    );
  return [table(Math.cos), table(Math.sin)];
};

/**
 * The bytes of llama2.c's model.bin.
 * @throws CheckpointError when the format can't express the model (another rotary base or norm epsilon).
 */
export const encodeLlama2c = (
  config: TransformerConfig,
  weights: TransformerWeights,
  path: string,
): Uint8Array => {
  if (config.ropeTheta !== 10000 || config.normEpsilon !== 1e-5) {
    throw new CheckpointError({
      path,
      message: `the llama2.c format implies ropeTheta 10000 and normEpsilon 1e-5, the model has ${config.ropeTheta} and ${config.normEpsilon}; save it with saveHuggingFace`,
    });
  }
  const separate: SeparateWeights = separateWeights(config, weights, "interleaved");
  const { width, hiddenWidth, layers, heads, keyValueHeads, vocabularySize, contextLength } = config;
  const vocabulary = config.tiedOutput ? vocabularySize : -vocabularySize;
  const header = [width, hiddenWidth, layers, heads, keyValueHeads, vocabulary, contextLength];
  const bytes = new Uint8Array(headerLength + 4 * numbersIn(config).total);
  const view = new DataView(bytes.buffer);
  header.forEach((value, i) => {
    view.setInt32(4 * i, value, true);
  });
  const numbers = new Float32Array(bytes.buffer, headerLength);
  let offset = 0;
  const put = (part: Float32Array) => {
    numbers.set(part, offset);
    offset += part.length;
  };
  put(separate.embedding);
  for (const kind of kinds) for (const layer of separate.layers) put(layer[kind]);
  put(separate.norm);
  for (const table of angleTables(config)) put(table);
  if (separate.output) put(separate.output);
  return bytes;
};
