import { CheckpointError } from "@accord-rl/core";
import { configProblem } from "../config/config-problem.ts";
import { parameterLayouts } from "../config/parameter-layout.ts";
import { foreignParts, headSizes, type TransformerConfig } from "../config/transformer-config.ts";
import { sizeOf, type TransformerWeights } from "../weights/transformer-parameters.ts";
import { separateWeights } from "../weights/weight-parts.ts";

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
];

/** The parts of a model in the order of the file; between `norm` and `output` stand the tables of angles. */
const partsInOrder = ({ layers, tiedOutput }: TransformerConfig): readonly string[] => [
  "embedding",
  ...kinds.flatMap((kind) => Array.from({ length: layers }, (_, i) => `layers.${i}.${kind}`)),
  "norm",
  ...(tiedOutput ? [] : ["output"]),
];

const partSizes = (config: TransformerConfig): ReadonlyMap<string, number> =>
  new Map(
    [...parameterLayouts(config).values()].flatMap(({ parts }) =>
      parts.map(({ name, shape }) => [name, sizeOf(shape)] as const),
    ),
  );

/** Numbers after the header: the weights, and the tables of angles that old readers expect. */
const numbersIn = (config: TransformerConfig) => {
  const angles = config.contextLength * headSizes(config).headSize; // cosines, then sines, of half a head each
  const weights = [...partSizes(config).values()].reduce((sum, size) => sum + size, 0);
  return { angles, total: weights + angles };
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
 * Reads llama2.c's model.bin (the float32 format without version). The parts share memory with `bytes`.
 *
 * @param path  for error messages
 * @throws CheckpointError, before anything is allocated, when the file is cut or is none.
 * @see https://github.com/karpathy/llama2.c
 */
export const decodeLlama2c = (
  bytes: Uint8Array,
  path: string,
): { config: TransformerConfig; parts: ReadonlyMap<string, Float32Array> } => {
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
  const sizes = partSizes(config);
  let offset = 0;
  const parts = partsInOrder(config).map((name) => {
    const size = sizes.get(name) as number;
    const part = numbers.subarray(offset, offset + size);
    offset += size + (name === "norm" ? angles : 0);
    return [name, part] as const;
  });
  return { config, parts: new Map(parts) };
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
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message: `${message}; save it with saveHuggingFace` });
  };
  if (config.ropeTheta !== 10000 || config.normEpsilon !== 1e-5) {
    const { ropeTheta, normEpsilon } = config;
    fail(
      `the llama2.c format implies ropeTheta 10000 and normEpsilon 1e-5, the model has ${ropeTheta} and ${normEpsilon}`,
    );
  }
  const foreign = foreignParts(config);
  if (foreign.length > 0) fail(`the llama2.c format has no place for ${foreign.join(", ")}`);
  const separate = separateWeights(config, weights, "interleaved");
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
  for (const name of partsInOrder(config)) {
    put(separate.get(name)?.data as Float32Array);
    if (name === "norm") for (const table of angleTables(config)) put(table);
  }
  return bytes;
};
