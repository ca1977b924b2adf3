import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { openSafetensors, type SafetensorsFile } from "@accord-rl/checkpoint";
import { CheckpointError, quoteOutside, type TensorData } from "@accord-rl/core";
import { readText } from "../read-failure.ts";
import { readFields } from "./config-fields.ts";

/** The weights of a folder, in one file or several, read tensor by tensor. */
export interface WeightFiles {
  /** For error messages: the file, or the index of several. */
  readonly path: string;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  read(name: string): Promise<TensorData>;
  close(): Promise<void>;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Which file each tensor is in, by the index of a model that is stored in parts. */
const readIndex = async (path: string): Promise<ReadonlyMap<string, string>> => {
  const fields = readFields(await readText(path), path);
  const map = fields.object("weight_map") ?? fields.fail("weight_map is missing, expected names and files");
  return new Map(
    Object.entries(map).map(([tensor, file]) => {
      // A path that leads elsewhere is none of the model's files.
      if (typeof file !== "string" || basename(file) !== file || !file.endsWith(".safetensors")) {
        return fields.fail(
          `tensor ${quoteOutside(tensor)} is in ${quoteOutside(file)}, expected a safetensors file beside it`,
        );
      }
      return [tensor, file];
    }),
  );
};

const openShards = async (folder: string, path: string): Promise<WeightFiles> => {
  const index = await readIndex(path);
  const shards = new Map<string, SafetensorsFile>();
  const close = async () => void (await Promise.all([...shards.values()].map((shard) => shard.close())));
  try {
    for (const name of new Set(index.values())) shards.set(name, await openSafetensors(join(folder, name)));
    const shapes = new Map<string, readonly number[]>();
    for (const [tensor, file] of index) {
      const entry = shards.get(file)?.tensors.get(tensor);
      if (entry === undefined) {
        throw new CheckpointError({
          path,
          message: `tensor ${quoteOutside(tensor)} is not in ${file}, where it should be`,
        });
      }
      shapes.set(tensor, entry.shape);
    }
    return {
      path,
      shapes,
      read: (name) => (shards.get(index.get(name) as string) as SafetensorsFile).read(name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Opens model.safetensors, or what model.safetensors.index.json lists. @throws CheckpointError when it can't. */
export const openWeights = async (folder: string): Promise<WeightFiles> => {
  const single = join(folder, "model.safetensors");
  const index = join(folder, "model.safetensors.index.json");
  if (!(await exists(single)) && (await exists(index))) return openShards(folder, index);
  const { path, tensors, read, close } = await openSafetensors(single);
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape] as const));
  return { path, shapes, read, close };
};
