import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@accord-rl/backend";
import { type GgufFile, loadModel, readGguf, type TransformerConfig } from "@accord-rl/language-model";
import type { FuzzTarget } from "../target.ts";

const fixtures = join(import.meta.dirname, "../../../packages/language-model/src/formats/__fixtures__");
const fixture = async (name: string) =>
  JSON.parse(await readFile(join(fixtures, `${name}.json`), "utf8")).outputs;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** A file with every kind of value and of tensor, and two whole models. */
const seeds = async (): Promise<readonly Uint8Array[]> => {
  await startBackend({ backend: "wasm" });
  const all = await fixture("gguf");
  const models = await Promise.all(["gguf-llama-scaled", "gguf-gemma3"].map(fixture));
  return [bytes(all.metadata), ...models.map(({ file }) => bytes(file))];
};

const readTensors = async (file: GgufFile, declare: (bytes: number) => void): Promise<boolean> => {
  try {
    for (const { name, shape, type } of file.tensors.values()) {
      if (type === "IQ2_S") continue; // can't be read
      declare(4 * shape.reduce((size, length) => size * length, 1));
      await file.readTensor(name);
    }
    return file.tensors.has("token_embd.weight");
  } finally {
    await file.close();
  }
};

/** Cosines and sines for every position, of up to two kinds of layers. */
const tableBytes = ({ contextLength, width, heads, headSize = width / heads }: TransformerConfig): number =>
  2 * 2 * 4 * contextLength * headSize;

export const gguf: FuzzTarget = {
  seeds,
  read: async (path, declare) => {
    let declared = 0;
    const isModel = await readTensors(await readGguf(path), (more) => {
      declared += more;
      declare(more);
    });
    if (!isModel) return;
    // Its parts, and what they are joined to.
    declare(2 * declared);
    const { model } = await loadModel(path);
    declare(tableBytes(model.config));
    model.dispose();
  },
};
