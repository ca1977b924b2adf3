import { parameterLayouts, type WeightPart } from "../../config/parameter-layout.ts";
import type { TransformerConfig } from "../../config/transformer-config.ts";

/** How files name and store the parts of one family of models. */
export interface FileNaming {
  /** "llama", "gpt2", … */
  readonly modelType: string;
  /** What stands before every name but the output layer's; a backbone saved alone lacks it. */
  readonly prefix: string;
  /** What stands before the number of a layer. */
  readonly layers: string;
  /** Names of the parts, without ".weight" and ".bias". */
  readonly names: Readonly<Record<string, string>>;
  /** Files join what this package joins. Default false. */
  readonly isJoined?: boolean;
  /** Files store matrices of layers as [inputs, outputs]. Default false. */
  readonly isTransposed?: boolean;
  /** Files hold the weights of norms less 1. Default false. */
  readonly normsAroundZero?: boolean;
}

/** A tensor of a file, and the parts of the model that it holds. */
export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** One under the other. */
  readonly parts: readonly WeightPart[];
  /** It is stored as [inputs, outputs]. */
  readonly isTransposed: boolean;
  /** What has to be added to what the file holds. */
  readonly offset: number;
}

const isNorm = /(^norm|Norm)$/;

const fileName = (naming: FileNaming, name: string): string => {
  const [, layer, local = name] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
  const isBias = local.endsWith("Bias");
  const module = naming.names[isBias ? local.slice(0, -"Bias".length) : local];
  const place = layer === undefined ? "" : `${naming.layers}${layer}.`;
  const prefix = local === "output" ? "" : naming.prefix;
  return `${prefix}${place}${module}.${isBias ? "bias" : "weight"}`;
};

/** The tensors of a model's file, in order. */
export const fileTensors = (naming: FileNaming, config: TransformerConfig): readonly FileTensor[] => {
  const { isJoined = false, normsAroundZero = false } = naming;
  return [...parameterLayouts(config)].flatMap(([parameter, { shape, parts }]) => {
    const units = isJoined
      ? [{ name: parameter, shape, parts }]
      : parts.map((part) => ({ ...part, parts: [part] }));
    return units.map((unit): FileTensor => {
      const isMatrix = unit.shape.length === 2 && parameter.startsWith("layers.");
      const isTransposed = isMatrix && naming.isTransposed === true;
      return {
        name: fileName(naming, unit.name),
        shape: isTransposed ? unit.shape.toReversed() : unit.shape,
        parts: unit.parts,
        isTransposed,
        offset: normsAroundZero && isNorm.test(unit.name) ? 1 : 0,
      };
    });
  });
};

/** [rows, columns] → [columns, rows], row-major. */
export const transposed = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column]!;
    }
  }
  return result;
};

/** Adds a number to each, in place. */
export const shifted = (data: Float32Array, offset: number): Float32Array => {
  if (offset !== 0) for (let i = 0; i < data.length; i++) data[i] = data[i]! + offset;
  return data;
};
