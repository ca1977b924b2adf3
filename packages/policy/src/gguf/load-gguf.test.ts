import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import gemma3 from "../__fixtures__/gguf-gemma3.json" with { type: "json" };
import gpt2 from "../__fixtures__/gguf-gpt2.json" with { type: "json" };
import llama from "../__fixtures__/gguf-llama.json" with { type: "json" };
import scaled from "../__fixtures__/gguf-llama-scaled.json" with { type: "json" };
import qwen2 from "../__fixtures__/gguf-qwen2.json" with { type: "json" };
import qwen3 from "../__fixtures__/gguf-qwen3.json" with { type: "json" };
import { loadModel } from "../load-model.ts";

const goldens = [llama, scaled, qwen2, qwen3, gemma3, gpt2].map(({ outputs }) => outputs);
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
