import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import gemma3 from "../__fixtures__/gguf-gemma3.json" with { type: "json" };
import gpt2 from "../__fixtures__/gguf-gpt2.json" with { type: "json" };
import llama from "../__fixtures__/gguf-llama.json" with { type: "json" };
import scaled from "../__fixtures__/gguf-llama-scaled.json" with { type: "json" };
import qwen2 from "../__fixtures__/gguf-qwen2.json" with { type: "json" };
import yarn from "../__fixtures__/gguf-qwen2-yarn.json" with { type: "json" };
import qwen3 from "../__fixtures__/gguf-qwen3.json" with { type: "json" };
import { loadModel } from "../load-model.ts";

const goldens = [llama, scaled, qwen2, yarn, qwen3, gemma3, gpt2].map(({ outputs }) => outputs);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-gguf-"));
});
afterAll(() => rm(folder, { recursive: true }));

const loaded = async (content: Uint8Array) => {
  const path = join(folder, "model");
  await writeFile(path, content);
  return (await loadModel(path)).model;
};

describe("a model in GGUF computes what transformers computes", () => {
  it.each(goldens)("$name", async ({ file, tokens, logits }) => {
    const model = await loaded(Buffer.from(file, "base64"));
    const ids = tf.tensor2d([tokens], undefined, "int32");
    const hidden = model.hidden(ids, tf.ones([1, tokens.length]) as tf.Tensor2D);
    expect(tf.reshape(model.logits(hidden), [-1])).toBeAllClose(logits, { rtol: 0, atol: 1e-4 });
    model.dispose();
  });
});

describe("a model in GGUF is refused by name", () => {
  const source = Buffer.from(scaled.outputs.file, "base64");
  const refused = async (change: (copy: Buffer) => void, message: string) => {
    const copy = Buffer.from(source);
    change(copy);
    const tensors = tf.memory().numTensors;
    const loading = loaded(copy);
    await expect(loading).rejects.toBeInstanceOf(CheckpointError);
    await expect(loading).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  };
  const number = (key: string, value: number) => (copy: Buffer) =>
    copy.writeUInt32LE(value, copy.indexOf(key) + key.length + 4);
  const text = (from: string, to: string) => (copy: Buffer) => copy.write(to, copy.indexOf(from), "latin1");

  it("when it is of another family", () =>
    refused(text("llama", "falco"), 'general.architecture is "falco", expected one of "qwen2"'));
  it("when it claims more layers than it has tensors", () =>
    refused(number("block_count", 2 ** 31), "claims 2147483648 layers, but has 21 tensors"));
  it("when it lacks a layer's tensors", () =>
    refused(number("block_count", 3), 'tensor "blk.2.attn_norm.weight" is missing'));
  it("when it has tensors of a further layer", () =>
    refused(number("block_count", 1), "belongs to no part of this llama model"));
  it("when it claims a context that no memory holds", () =>
    refused(number("context_length", 2 ** 30), "claims a context of 1073741824"));
  it("when its sizes are not those of its tensors", async () => {
    await refused(
      number("embedding_length", 64),
      'tensor "token_embd.weight" is [32,32], expected 64 columns',
    );
    await refused(number("head_count_kv", 4), 'tensor "blk.0.attn_k.weight" is [16,32], expected [32,32]');
  });
  it("when a field is missing", () =>
    refused(
      text("llama.block_count", "llama.block_kount"),
      "llama.block_count is missing, expected a number",
    ));
  it("when its rotary frequencies are stretched in a way of their own", () =>
    refused((copy) => copy.writeFloatLE(3, factorsAt), "stretches otherwise than Llama 3 does"));
  it("when a weight is not a number", () =>
    refused((copy) => copy.writeFloatLE(Number.NaN, copy.length - 64), "expected finite numbers"));

  /** Where the factors 1, 2.…, 8, 8 stand: the last two are alike. */
  const factorsAt = source.indexOf(Buffer.from(new Float32Array([8, 8]).buffer));
});
