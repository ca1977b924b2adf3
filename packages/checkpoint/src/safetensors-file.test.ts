import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError, createRandom, InvalidArgumentError } from "@accord-rl/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32, int32 } from "./__fixtures__/states.ts";
import {
  bfloatsToFloats,
  bfloatToFloat,
  decodeSafetensors,
  encodeSafetensors,
  halfToFloat,
  halvesToFloats,
  openSafetensors,
} from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (bytes: Uint8Array): Promise<string> => {
  const path = join(folder, "some.safetensors");
  await writeFile(path, bytes);
  return path;
};

describe("openSafetensors", () => {
  it("gives tensor by tensor what decoding gives at once, for a file of the reference implementation", async () => {
    const fixture = join(import.meta.dirname, "__fixtures__/safetensors.json");
    const bytes = Buffer.from(JSON.parse(await readFile(fixture, "utf8")).inputs.file, "base64");
    const whole = decodeSafetensors(bytes, "golden");
    const file = await openSafetensors(await write(bytes));
    expect(file.metadata).toEqual(whole.metadata);
    expect([...file.tensors.keys()]).toEqual(Object.keys(whole.tensors));
    for (const [name, tensor] of Object.entries(whole.tensors)) {
      expect(file.tensors.get(name)?.shape).toEqual(tensor.shape);
      expect(await file.read(name)).toEqual(tensor);
    }
    await file.close();
  });

  it("says which tensor is not there, and that a file shrank while it was open", async () => {
    const bytes = encodeSafetensors({ a: float32([2], [1, 2]), b: int32([1], [3]) });
    const path = await write(bytes);
    const file = await openSafetensors(path);
    await expect(file.read("c")).rejects.toBeInstanceOf(InvalidArgumentError);
    await writeFile(path, bytes.subarray(0, bytes.length - 4));
    expect(await file.read("a")).toEqual(float32([2], [1, 2]));
    await expect(file.read("b")).rejects.toThrow("it ends at byte");
    await file.close();
  });

  it("names a file that is not there", async () => {
    const opening = openSafetensors(join(folder, "none"));
    await expect(opening).rejects.toBeInstanceOf(CheckpointError);
    await expect(opening).rejects.toThrow("check the path");
  });

  it("accepts and refuses the same 200 damaged files as decoding", async () => {
    const random = createRandom(9);
    const whole = encodeSafetensors({ "layer.0": float32([2, 2], [1, 2, 3, 4]), b: int32([3], [5, 6, 7]) });
    let refused = 0;
    for (let i = 0; i < 200; i++) {
      const bytes = Uint8Array.from(whole).slice(
        0,
        i % 5 === 0 ? random.integer(whole.length) : whole.length,
      );
      if (i % 5 > 0) bytes[random.integer(whole.length)] = random.integer(256);
      const path = await write(bytes);
      const decoded = await Promise.resolve()
        .then(() => decodeSafetensors(bytes, path).tensors)
        .catch((error: Error) => error.message);
      const opened = await openSafetensors(path).catch((error: Error) => error.message);
      if (typeof opened === "string") {
        refused++;
        expect(opened).toBe(decoded);
      } else {
        for (const [name, tensor] of Object.entries(decoded)) expect(await opened.read(name)).toEqual(tensor);
        await opened.close();
      }
    }
    expect(refused).toBeGreaterThan(80);
  });
});

describe("half precisions, many at once", () => {
  it("are what they are one by one, all 65,536 of each", () => {
    const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
    expect(halvesToFloats(all)).toEqual(Float32Array.from(all, halfToFloat));
    expect(bfloatsToFloats(all)).toEqual(Float32Array.from(all, bfloatToFloat));
  });
});
