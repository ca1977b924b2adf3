import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readGguf } from "@accord-rl/policy";
import type { FuzzTarget } from "../target.ts";

const fixtures = join(import.meta.dirname, "../../../packages/policy/src/__fixtures__");

/** A file with every kind of value and of tensor, and a whole model. */
const seeds = async (): Promise<readonly Uint8Array[]> => {
  const { outputs } = JSON.parse(await readFile(join(fixtures, "gguf.json"), "utf8"));
  return [new Uint8Array(Buffer.from(outputs.metadata, "base64"))];
};

export const gguf: FuzzTarget = {
  seeds,
  read: async (path, declare) => {
    const file = await readGguf(path);
    try {
      for (const { name, shape, type } of file.tensors.values()) {
        if (type === "Q2_K") continue; // can't be read
        declare(4 * shape.reduce((size, length) => size * length, 1));
        await file.readTensor(name);
      }
    } finally {
      await file.close();
    }
  },
};
