import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "@accord-rl/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import golden from "../__fixtures__/gguf.json" with { type: "json" };
import { readGguf } from "./read-gguf.ts";
import { tensorTypes } from "./tensor-types.ts";

const decoded = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const bytes = decoded(golden.outputs.metadata);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-gguf-"));
});
afterAll(() => rm(folder, { recursive: true }));
const written = async (content: Uint8Array) => {
  const path = join(folder, "model.gguf");
  await writeFile(path, content);
  return path;
};
const opened = async (content: Uint8Array = bytes) => readGguf(await written(content));

describe("blocks give the numbers that the gguf package makes of them, bit for bit", () => {
  it.each(golden.outputs.blocks)("$type", ({ type, bytes, numbers }) => {
    const format = tensorTypes.find(({ name }) => name === type);
    const packed = decoded(bytes);
    const expected = new Float32Array(decoded(numbers).buffer);
    const target = new Float32Array(expected.length);
    format?.unpack(packed, target);
    expect((packed.length / (format?.blockBytes ?? 0)) * (format?.blockSize ?? 0)).toBe(expected.length);
    expect(target).toEqual(expected);
  });
});

describe("a file of the gguf package", () => {
  it("gives its metadata", async () => {
    const file = await opened();
    const { metadata } = file;
    await file.close();
    expect(file.version).toBe(3);
    expect(metadata).toMatchObject({
      "general.architecture": "llama",
      "uint8.least": 0,
      "uint8.most": 255,
      "uint8.list": new Uint8Array([1, 255]),
      "int8.least": -128,
      "int8.list": new Int8Array([1, 127]),
      "uint16.most": 65535,
      "int16.least": -32768,
      "uint32.most": 2 ** 32 - 1,
      "uint32.list": new Uint32Array([1, 2 ** 32 - 1]),
      "int32.least": -(2 ** 31),
      "uint64.least": 0,
      "uint64.most": 2n ** 64n - 1n,
      "uint64.list": new BigUint64Array([1n, 2n ** 64n - 1n]),
      "int64.least": -(2n ** 63n),
      float32: Math.fround(0.1),
      float64: 0.1,
      yes: true,
      no: false,
      text: "a ✓ 🦙",
      texts: ["", "b", "é"],
      floats: new Float32Array([0.5, -2]),
      doubles: new Float64Array([0.1]),
      flags: new Uint8Array([1, 0]),
    });
    expect("toString" in metadata).toBe(false);
  });

  it("gives its tensors, row-major", async () => {
    const file = await opened();
    expect(file.tensors.get("matrix")).toMatchObject({ name: "matrix", shape: [2, 3], type: "F32" });
    expect(await file.readTensor("matrix")).toEqual(new Float32Array([0, 1, 2, 3, 4, 5]));
    expect(await file.readTensor("half")).toEqual(new Float32Array([1.5, -2]));
    expect(file.tensors.get("Q4_K")).toMatchObject({ shape: [2, 256], type: "Q4_K" });
    const target = new Float32Array(512).fill(7);
    expect(await file.readTensor("Q4_K", target)).toBe(target);
    expect(target).toEqual(new Float32Array(512));
    await file.close();
  });

  it("names a kind of tensor that can't be read, and what to do, where it is read", async () => {
    const file = await opened();
    expect(file.tensors.get("IQ2_S")).toMatchObject({ shape: [2, 256], type: "IQ2_S" });
    const reading = file.readTensor("IQ2_S");
    await expect(reading).rejects.toBeInstanceOf(CheckpointError);
    await expect(reading).rejects.toThrow('tensor "IQ2_S" is IQ2_S, expected one of F32');
    await expect(reading).rejects.toThrow("llama-quantize");
    await expect(file.readTensor("nothing")).rejects.toThrow('no tensor "nothing"');
    await file.close();
  });

  it("is read in version 2 as well", async () => {
    const content = bytes.slice();
    content[4] = 2;
    const file = await opened(content);
    expect(file.version).toBe(2);
    await file.close();
  });
});

describe("what is no readable file", () => {
  const refused = async (content: Uint8Array, message: string) => {
    const opening = opened(content);
    await expect(opening).rejects.toBeInstanceOf(CheckpointError);
    await expect(opening).rejects.toThrow(message);
  };
  const changed = (at: number, values: readonly number[]) => {
    const content = bytes.slice();
    content.set(values, at);
    return content;
  };
  /** Where a text of the header stands, its length before it. */
  const find = (text: string) => Buffer.from(bytes).indexOf(text);
  const huge = [255, 255, 255, 255, 255, 255, 15, 0];

  it("is missing", () => expect(readGguf(join(folder, "none"))).rejects.toThrow("can't be read"));
  it("is empty", () => refused(new Uint8Array(), "has 0 bytes"));
  it("starts otherwise", () => refused(changed(0, [0]), "doesn't start with GGUF"));
  it("has another version", () => refused(changed(4, [1]), "version 1, expected 2 or 3"));
  it("has another byte order", () => refused(changed(4, [0, 0, 0, 3]), "big-endian"));
  it("claims too many tensors", () => refused(changed(8, huge), "tensors, more than the file"));
  it("claims too many entries", () => refused(changed(16, huge), "metadata entries, more than"));
  it("claims a long text", () => refused(changed(find("general.architecture") - 8, huge), "has a text of"));
  it("claims a long list", () => refused(changed(find("texts") + 5 + 8, huge), '"texts" claims'));
  it.each([
    ["key", 65_535, 24],
    ["tensor's name", 1024, 24],
  ])("has a %s of 60 MB", async (what, limit, at) => {
    const content = Buffer.alloc(60_000_100);
    content.write("GGUF");
    content.writeUInt32LE(3, 4);
    content.writeBigUInt64LE(what === "key" ? 0n : 1n, 8); // tensors
    content.writeBigUInt64LE(what === "key" ? 1n : 0n, 16); // metadata
    content.writeBigUInt64LE(60_000_000n, at);
    await refused(content, `a text of 60000000 bytes at byte 24, expected at most ${limit}`);
  });
  it("has an unknown kind of value", () => refused(changed(find("float32") + 7, [99]), "unknown kind 99"));
  it("has a text that is not UTF-8", () => refused(changed(find("a ✓"), [255]), "not UTF-8"));
  it("has a key twice", () =>
    refused(changed(find("uint32.least") + 4, [0x31, 0x36]), '"uint16.least" twice'));
  it("has too many dimensions", () => refused(changed(find("matrix") + 6, [9]), "has 9 dimensions"));
  it("has an impossible shape", () => refused(changed(find("matrix") + 10, [0]), "impossible shape"));
  it("has a shape beyond its bytes", () =>
    refused(changed(find("matrix") + 12, [1]), "cut short or damaged"));
  it("has half a block", () => refused(changed(find("Q4_0") + 8, [33]), "expected a multiple of 32"));
  it("has tensors in one place", () => refused(changed(find("half") + 4 + 4 + 8 + 4, [0]), "overlaps"));
  it("is cut anywhere in its header", async () => {
    const headerEnd = find("IQ2_S");
    for (let length = 0; length < headerEnd; length += 7) {
      await expect(opened(bytes.slice(0, length)), String(length)).rejects.toBeInstanceOf(CheckpointError);
    }
  });
  it("is cut in its tensors", () => refused(bytes.slice(0, -200), "cut short or damaged"));
});
