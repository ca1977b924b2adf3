import { CheckpointError, quoteOutside, type TensorData } from "@accord-rl/core";
import type { TransformerConfig } from "../../config/transformer-config.ts";
import { sizeOf } from "../../weights/transformer-parameters.ts";
import type { ReadPart } from "../../weights/weight-parts.ts";
import { type FileNaming, type FileTensor, fileTensors, shifted, transposed } from "./file-tensors.ts";
import type { WeightFiles } from "./weight-files.ts";

/** What some writers store beside the weights: a tied output, and constants. */
const ignored = /(^lm_head\.weight|rotary_emb\.inv_freq|\.attn\.(masked_)?bias)$/;

/** A tensor by its name in a whole model, or in a backbone that was saved alone. */
export const findName = (shapes: WeightFiles["shapes"], name: string, prefix: string): string =>
  !shapes.has(name) && name.startsWith(prefix) && shapes.has(name.slice(prefix.length))
    ? name.slice(prefix.length)
    : name;

/** The numbers of a tensor as parts lie in memory. */
const toMemory = ({ shape, isTransposed, offset }: FileTensor, { data }: TensorData): Float32Array => {
  const numbers = shifted(data as Float32Array, offset);
  return isTransposed ? transposed(numbers, shape[0] as number, shape[1] as number) : numbers;
};

/** Which rows of a tensor a part is. */
const rowsOf = ({ parts }: FileTensor, name: string) => {
  const index = parts.findIndex((part) => part.name === name);
  const start = parts.slice(0, index).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { start, end: start + sizeOf(parts[index]?.shape ?? []) };
};

/**
 * What reads the parts of a model from its files, after all names and shapes were checked.
 *
 * @param others  names that are read elsewhere
 * @throws CheckpointError when a tensor is missing, left over or has another shape.
 */
export const partReader = (
  { architecture, config }: { readonly architecture: FileNaming; readonly config: TransformerConfig },
  files: WeightFiles,
  others: readonly string[] = [],
): ReadPart => {
  const { path, shapes } = files;
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  const byPart = new Map<string, FileTensor>();
  const used = new Set(others);
  for (const tensor of fileTensors(architecture, config)) {
    const name = findName(shapes, tensor.name, architecture.prefix);
    const shape = shapes.get(name);
    if (shape === undefined) {
      fail(
        `tensor "${tensor.name}" is missing; expected a ${architecture.modelType} model as its configuration describes it`,
      );
    } else if (shape.join() !== tensor.shape.join()) {
      fail(`tensor "${name}" is [${shape}], expected [${tensor.shape}]`);
    }
    used.add(name);
    for (const part of tensor.parts) byPart.set(part.name, { ...tensor, name });
  }
  const extra = [...shapes.keys()].find((name) => !used.has(name) && !ignored.test(name));
  if (extra !== undefined)
    fail(`tensor ${quoteOutside(extra)} belongs to no part of this ${architecture.modelType} model`);

  /** A joined tensor is asked for part by part. */
  let latest: { readonly name: string; readonly numbers: Float32Array } | undefined;
  return async ({ name }) => {
    const tensor = byPart.get(name) as FileTensor;
    if (latest?.name !== tensor.name) {
      const read = await files.read(tensor.name);
      if (read.dtype !== "float32") fail(`tensor "${tensor.name}" holds ${read.dtype}, expected floats`);
      latest = { name: tensor.name, numbers: toMemory(tensor, read) };
    }
    const { numbers } = latest;
    const { start, end } = rowsOf(tensor, name);
    if (end === numbers.length) latest = undefined;
    return tensor.parts.length === 1 ? numbers : numbers.slice(start, end);
  };
};
