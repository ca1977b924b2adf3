import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyConfig, tinyTransformer } from "../../test-tiny-transformer.ts";
import type { Transformer } from "../../transformer/transformer.ts";
import golden from "../__fixtures__/gguf.json" with { type: "json" };
import gemma3 from "../__fixtures__/gguf-gemma3.json" with { type: "json" };
import gpt2 from "../__fixtures__/gguf-gpt2.json" with { type: "json" };
import llama from "../__fixtures__/gguf-llama.json" with { type: "json" };
import scaled from "../__fixtures__/gguf-llama-scaled.json" with { type: "json" };
import qwen2 from "../__fixtures__/gguf-qwen2.json" with { type: "json" };
import yarn from "../__fixtures__/gguf-qwen2-yarn.json" with { type: "json" };
import qwen3 from "../__fixtures__/gguf-qwen3.json" with { type: "json" };
import { saveHuggingFace } from "../hugging-face/save.ts";
import { loadModel } from "../load-model.ts";
import { f16, q8_0 } from "./pack.ts";
import { readGguf } from "./read-gguf.ts";
import { saveGguf } from "./save-gguf.ts";

const goldens = [llama, scaled, qwen2, yarn, qwen3, gemma3, gpt2].map(({ outputs }) => outputs);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-gguf-"));
});
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const load = async (path: string) => (await loadModel(path)).model;

const logitsOf = (model: Transformer, tokens: readonly number[]): tf.Tensor =>
  tf.tidy(() => {
    const ids = tf.tensor2d([[...tokens]], undefined, "int32");
    const hidden = model.hidden(ids, tf.ones([1, tokens.length]) as tf.Tensor2D);
    return tf.reshape(model.logits(hidden), [-1]);
  });

describe.each(goldens)("$name saved as GGUF", ({ name, file: content, tokens, logits }) => {
  const reload = async (type: typeof f16) => {
    await writeFile(file(name), Buffer.from(content, "base64"));
    const model = await load(file(name));
    await saveGguf(model, file("saved"), { type });
    const saved = await load(file("saved"));
    expect(saved.config).toEqual(model.config);
    return { model, saved };
  };
  it("in halves says what transformers says, as far as halves can", async () => {
    const { model, saved } = await reload(f16);
    expect(logitsOf(saved, tokens)).toBeAllClose(logits, { rtol: 0, atol: 2e-2 });
    await saveGguf(saved, file("again"), { type: f16 });
    const again = await load(file("again"));
    expect((await again.state()).tensors).toEqual((await saved.state()).tensors);
    for (const each of [model, saved, again]) each.dispose();
  });
  it("in eight bits says nearly the same, in half of the space", async () => {
    const { model, saved } = await reload(q8_0);
    const eight = (await stat(file("saved"))).size;
    expect(logitsOf(saved, tokens)).toBeAllClose(logits, { rtol: 0, atol: 0.15 });
    await saveGguf(model, file("saved"));
    // Rows of 16 are no whole blocks: they stay halves.
    if (name !== "gemma3") expect(eight).toBeLessThan(0.8 * (await stat(file("saved"))).size);
    for (const each of [model, saved]) each.dispose();
  });
});

describe("a file that we save", () => {
  it("carries over tokenizer and name, and says its own kind", async () => {
    await writeFile(file("source"), Buffer.from(golden.outputs.metadata, "base64"));
    const source = await readGguf(file("source"));
    const metadata = {
      ...source.metadata,
      "general.name": "a model",
      "general.file_type": 99,
      "llama.block_count": 99,
      "tokenizer.ggml.model": "gpt2",
      "tokenizer.ggml.tokens": ["a", "", "é"],
      "tokenizer.ggml.token_type": new Int32Array([1, 3, 1]),
      "tokenizer.ggml.scores": new Float32Array([0.5, -1, 0]),
      "tokenizer.ggml.bos_token_id": 1,
      "tokenizer.ggml.add_bos_token": false,
      "tokenizer.chat_template": "{{ messages }}",
    };
    await source.close();
    const model = tinyTransformer();
    await saveGguf(model, file("saved"), { type: q8_0, metadata });
    const saved = await readGguf(file("saved"));
    const kept = Object.fromEntries(
      Object.entries(metadata).filter(([key]) => key.startsWith("tokenizer.") || key === "general.name"),
    );
    expect(saved.metadata).toMatchObject({
      ...kept,
      "general.architecture": "llama",
      "general.file_type": 7,
      "llama.block_count": model.config.layers,
      "llama.vocab_size": model.config.vocabularySize,
    });
    expect("text" in saved.metadata).toBe(false);
    await saved.close();
  });

  it("passes through Hugging Face's layout without a change", async () => {
    const model = tinyTransformer({ tiedOutput: true, ropeLayout: "interleaved" });
    await saveGguf(model, file("one"), { type: f16 });
    const halves = await load(file("one"));
    await saveHuggingFace(halves, file("folder"));
    const other = await load(file("folder"));
    expect(other.config.ropeLayout).toBe("half");
    await saveGguf(other, file("two"), { type: f16 });
    const back = await load(file("two"));
    expect((await back.state()).tensors).toEqual((await halves.state()).tensors);
  });

  it("is refused where no family has the model's parts, and where a number is out of range", async () => {
    const model = tinyTransformer({ positions: "learned" });
    const saving = saveGguf(model, file("none"));
    await expect(saving).rejects.toBeInstanceOf(CheckpointError);
    await expect(saving).rejects.toThrow("no model of GGUF's families qwen2, qwen3");
    const large = tinyTransformer();
    (large.parameters.embedding as tf.Variable).assign(
      tf.fill([tinyConfig.vocabularySize, tinyConfig.width], 1e5),
    );
    await expect(saveGguf(large, file("none"))).rejects.toThrow("holds 100000, F16 at most 65504");
    await expect(stat(file("none"))).rejects.toThrow("ENOENT");
    await expect(saveGguf(large, file("eight"), { type: q8_0 })).resolves.toBeUndefined();
  });
});
