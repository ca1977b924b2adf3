import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "@accord-rl/checkpoint";
import { CheckpointError, createRandom, InvalidArgumentError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyConfig, tinyTransformer } from "../test-tiny-transformer.ts";
import { createTransformer } from "../transformer/transformer.ts";
import { randomWeights } from "../weights/transformer-parameters.ts";
import { saveHuggingFace } from "./hugging-face/save.ts";
import { loadModel, saveLlama2c } from "./load-model.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-weights-"));
});
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

describe.each([{ tiedOutput: true }, { tiedOutput: false, keyValueHeads: 4 }])("weights of %o", (config) => {
  it("go to llama2.c and back, bit for bit", async () => {
    const model = tinyTransformer(config);
    await saveLlama2c(model, file("model.bin"));
    const { model: loaded } = await loadModel(file("model.bin"));
    expect(loaded.config).toEqual(model.config);
    expect((await loaded.state()).tensors).toEqual((await model.state()).tensors);
  });
  it("go to Hugging Face and back, bit for bit", async () => {
    const model = tinyTransformer({ ...config, ropeLayout: "half", ropeTheta: 500, normEpsilon: 1e-6 });
    await saveHuggingFace(model, file("folder"));
    const { model: loaded } = await loadModel(file("folder"));
    expect(loaded.config).toEqual(model.config);
    expect((await loaded.state()).tensors).toEqual((await model.state()).tensors);
  });
  it("pass through the other format and layout without a change, and compute the same there", async () => {
    const model = tinyTransformer(config);
    await saveHuggingFace(model, file("half"));
    const { model: half } = await loadModel(file("half"));
    expect(half.config.ropeLayout).toBe("half");
    const ids = tf.tensor2d([[1, 2, 3, 4, 5]], undefined, "int32");
    const mask = tf.ones([1, 5]) as tf.Tensor2D;
    expect(half.hidden(ids, mask)).toBeAllClose(model.hidden(ids, mask), { rtol: 1e-4, atol: 1e-5 });
    await saveLlama2c(half, file("again.bin"));
    const { model: again } = await loadModel(file("again.bin"));
    expect((await again.state()).tensors).toEqual((await model.state()).tensors);
  });
});

describe("damaged and foreign files", () => {
  const refused = async (path: string, message: string) => {
    const tensors = tf.memory().numTensors;
    const loading = loadModel(path);
    await expect(loading).rejects.toBeInstanceOf(CheckpointError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(path);
    expect(tf.memory().numTensors).toBe(tensors);
  };
  it("are named when they are missing", () => refused(file("nothing"), "can't be read"));

  it.each([
    { damage: (bytes: Buffer) => bytes.subarray(0, bytes.length - 5), message: "cut short" },
    { damage: (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(4)]), message: "too long" },
    {
      damage: (bytes: Buffer) => bytes.subarray(0, 20),
      message: "20 bytes, expected a llama2.c header of 28",
    },
    {
      damage: (bytes: Buffer) => Buffer.concat([Buffer.from("ggml"), bytes.subarray(4)]),
      message: "not a llama2.c model",
    },
    {
      damage: (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed.writeInt32LE(-3, 8);
        return changed;
      },
      message: "layers is -3",
    },
    {
      damage: (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed.writeInt32LE(2 ** 30, 20);
        return changed;
      },
      message: "cut short",
    },
  ])("of llama2.c say so: $message", async ({ damage, message }) => {
    await saveLlama2c(tinyTransformer(), file("whole.bin"));
    await writeFile(file("damaged.bin"), damage(await readFile(file("whole.bin"))));
    await refused(file("damaged.bin"), message);
  });

  const configs: { change: Record<string, unknown>; message: string }[] = [
    { change: { model_type: "mamba" }, message: 'model_type is "mamba"' },
    { change: { hidden_size: "16" }, message: 'hidden_size is "16", expected a number' },
    { change: { hidden_size: 18, head_dim: null }, message: "width 18 gives 4 heads no even size each" },
    { change: { hidden_act: "relu" }, message: 'hidden_act is "relu"' },
    { change: { attention_bias: true }, message: 'self_attn.q_proj.bias" is missing' },
    { change: { head_dim: 8 }, message: 'self_attn.q_proj.weight" is [16,16], expected [32,16]' },
    {
      change: { rope_scaling: { rope_type: "longrope" } },
      message: 'rotary embedding is scaled ("longrope")',
    },
    {
      change: { rope_scaling: { rope_type: "llama3" } },
      message: "factor of its rotary embedding is undefined",
    },
    {
      change: { vocab_size: 14 },
      message: 'tensor "model.embed_tokens.weight" is [13,16], expected [14,16]',
    },
    {
      change: { num_hidden_layers: 3 },
      message: 'tensor "model.layers.2.input_layernorm.weight" is missing',
    },
    { change: { num_hidden_layers: 1 }, message: "belongs to no part" },
    { change: { tie_word_embeddings: false }, message: 'tensor "lm_head.weight" is missing' },
  ];
  it.each(configs)("of Hugging Face say what does not fit: $message", async ({ change, message }) => {
    await saveHuggingFace(tinyTransformer(), file("changed"));
    const path = join(file("changed"), "config.json");
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), ...change }));
    const loading = loadModel(file("changed"));
    await expect(loading).rejects.toBeInstanceOf(CheckpointError);
    await expect(loading).rejects.toThrow(message);
  });
  it("say which weight is no number", async () => {
    const bytes = await readFile(file("whole.bin"));
    bytes.writeFloatLE(Number.POSITIVE_INFINITY, 28 + 4 * 5);
    await writeFile(file("infinite.bin"), bytes);
    await refused(file("infinite.bin"), '"embedding" is Infinity at 5, expected finite numbers');
  });

  it("of Hugging Face say when they are no JSON, cut, or not there", async () => {
    await saveHuggingFace(tinyTransformer(), file("cut"));
    const weights = join(file("cut"), "model.safetensors");
    const bytes = await readFile(weights);
    await writeFile(weights, bytes.subarray(0, bytes.length - 8));
    await refused(file("cut"), "not a readable safetensors file");
    await rm(weights);
    await refused(file("cut"), "model.safetensors: can't be read");
    await writeFile(join(file("cut"), "config.json"), "{");
    await refused(file("cut"), "no valid JSON");
  });
  it("with a second copy of the tied output load", async () => {
    await saveHuggingFace(tinyTransformer(), file("twice"));
    const path = join(file("twice"), "model.safetensors");
    const { tensors } = decodeSafetensors(await readFile(path), path);
    const embedding = tensors["model.embed_tokens.weight"] as (typeof tensors)[string];
    await writeFile(path, encodeSafetensors({ ...tensors, "lm_head.weight": embedding }));
    const { model } = await loadModel(file("twice"));
    expect(model.config.tiedOutput).toBe(true);
  });
  it("can't be made of a model that llama2.c's format does not express", async () => {
    const saving = saveLlama2c(tinyTransformer({ ropeTheta: 500 }), file("other.bin"));
    await expect(saving).rejects.toThrow("save it with saveHuggingFace");
  });
});

describe("createTransformer", () => {
  it("refuses weights of another model", () => {
    const weights = randomWeights(tinyConfig, createRandom(1));
    const { norm, ...rest } = weights;
    expect(() => createTransformer(tinyConfig, rest)).toThrow('weight "norm" is missing');
    expect(() => createTransformer({ ...tinyConfig, hiddenWidth: 11 }, weights)).toThrow(
      '"layers.0.gateUp" has shape [24,16], expected [22,16]',
    );
    expect(() =>
      createTransformer(tinyConfig, { ...weights, extra: norm as (typeof weights)[string] }),
    ).toThrow('"extra" belongs to no part');
  });
  it.each([
    { heads: 3 },
    { keyValueHeads: 3 },
    { layers: 0 },
    { normEpsilon: 0 },
    { ropeTheta: Number.NaN },
    { width: 4 },
  ])("refuses an unusable configuration: %o", (change) => {
    expect(() => createTransformer({ ...tinyConfig, ...change }, createRandom(1))).toThrow(
      InvalidArgumentError,
    );
  });
  it("gives the same random weights for the same seed", async () => {
    const states = [1, 1, 2].map((seed) => createTransformer(tinyConfig, createRandom(seed)).state());
    const [a, b, c] = await Promise.all(states);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });
});
