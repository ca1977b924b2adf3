import { readFile } from "node:fs/promises";
import { decodeSafetensors, encodeSafetensors, openSafetensors } from "@accord-rl/checkpoint";
import type { FuzzTarget } from "../target.ts";

const seed = encodeSafetensors(
  {
    "layers.0.weight": {
      dtype: "float32",
      shape: [4, 3],
      data: Float32Array.from({ length: 12 }, Math.sqrt),
    },
    "layers.0.bias": { dtype: "float32", shape: [3], data: new Float32Array(3) },
    steps: { dtype: "int32", shape: [], data: new Int32Array([7]) },
  },
  { format: "pt", note: "é" },
);

/** The same with other kinds of numbers: its texts are of one length. */
const renamed = (from: string, to: string): Uint8Array =>
  new Uint8Array(Buffer.from(Buffer.from(seed).toString("latin1").replaceAll(from, to), "latin1"));

export const safetensors: FuzzTarget = {
  seeds: async () => [seed, renamed('"F32"', '"I32"')],
  read: async (path, declare) => {
    const file = await openSafetensors(path);
    try {
      for (const name of file.tensors.keys()) declare((await file.read(name)).data.byteLength);
    } finally {
      await file.close();
    }
    const { tensors } = decodeSafetensors(await readFile(path), path);
    for (const { data } of Object.values(tensors)) declare(data.byteLength);
  },
};
