import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "@accord-rl/checkpoint";
import { AccordError, CheckpointError, createRandom, type TensorData } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TransformerConfig } from "../../config/transformer-config.ts";
import { withLora } from "../../lora/with-lora.ts";
import { tinyTransformer } from "../../test-tiny-transformer.ts";
import { loadModel } from "../load-model.ts";
import { writeGoldenFolder } from "../test-golden-model.ts";
import { loadHuggingFace } from "./load.ts";
import { saveHuggingFace } from "./save.ts";
import { loadSequenceClassifier } from "./sequence-classifier.ts";

type Files = Readonly<Record<string, string>>;
const families = ["llama", "qwen2", "qwen3", "gpt2", "gemma3"] as const;
const folders: Record<string, string> = {};
const fixture = async (name: string) =>
  JSON.parse(await readFile(join(import.meta.dirname, `../__fixtures__/architecture-${name}.json`), "utf8"));

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "accord-folders-"));
  for (const name of families) folders[name] = await writeGoldenFolder((await fixture(name)).files as Files);
});
afterAll(async () => {
  for (const folder of [scratch, ...Object.values(folders)]) await rm(folder, { recursive: true });
});

let copies = 0;
const copyOf = async (name: (typeof families)[number]): Promise<string> => {
  const folder = join(scratch, `${name}-${copies++}`);
  await cp(folders[name] as string, folder, { recursive: true });
  return folder;
};
const changeJson = async (path: string, change: Record<string, unknown>) =>
  writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), ...change }));

const refused = async (loading: Promise<unknown>, message: string | RegExp) => {
  const tensors = tf.memory().numTensors;
  await expect(loading).rejects.toBeInstanceOf(CheckpointError);
  await expect(loading).rejects.toThrow(message);
  expect(tf.memory().numTensors).toBe(tensors);
};

describe("a folder in parts", () => {
  const index = (folder: string) => join(folder, "model.safetensors.index.json");
  it("says which part is missing", async () => {
    const folder = await copyOf("qwen2");
    await rm(join(folder, "model-00002-of-00004.safetensors"));
    await refused(loadModel(folder), "model-00002-of-00004.safetensors: can't be read");
  });
  it("says which tensor is not where the index has it, or in no part", async () => {
    const folder = await copyOf("qwen2");
    const { weight_map: map } = JSON.parse(await readFile(index(folder), "utf8"));
    await changeJson(index(folder), {
      weight_map: { ...map, "model.extra.weight": map["model.norm.weight"] },
    });
    await refused(loadModel(folder), '"model.extra.weight" is not in model-0000');
    const { "model.norm.weight": _, ...rest } = map;
    await changeJson(index(folder), { weight_map: rest });
    await refused(loadModel(folder), 'tensor "model.norm.weight" is missing');
    await changeJson(index(folder), { weight_map: [] });
    await refused(loadModel(folder), "weight_map is missing");
  });
  it.each(["../model.safetensors", "/etc/model.safetensors", "sub/model.safetensors", 3, "model.bin"])(
    "reads nothing from elsewhere: %s",
    async (file) => {
      const folder = await copyOf("qwen2");
      await changeJson(index(folder), { weight_map: { "model.norm.weight": file } });
      await refused(loadModel(folder), "expected a safetensors file beside it");
    },
  );
});

describe("a folder of another kind", () => {
  it.each([
    { name: "qwen2", change: { use_sliding_window: 1 }, message: "use_sliding_window is 1" },
    { name: "gpt2", change: { activation_function: "relu" }, message: 'activation_function is "relu"' },
    { name: "gpt2", change: { scale_attn_by_inverse_layer_idx: true }, message: "expected false" },
    { name: "gemma3", change: { final_logit_softcapping: 30 }, message: "final_logit_softcapping is 30" },
    { name: "gemma3", change: { use_bidirectional_attention: true }, message: "use_bidirectional_attention" },
    {
      name: "llama",
      change: { rope_parameters: { rope_type: "longrope" } },
      message: 'is scaled ("longrope"), which is not supported yet',
    },
    {
      name: "llama",
      change: { rope_parameters: { rope_type: "default", partial_rotary_factor: 0.5 } },
      message: "turns a part of each head (0.5)",
    },
    { name: "llama", change: { tie_word_embeddings: "yes" }, message: 'tie_word_embeddings is "yes"' },
    { name: "llama", change: { max_position_embeddings: 1e15 }, message: "contextLength is" },
    { name: "llama", change: { num_hidden_layers: 1e9 }, message: "layers is 1000000000" },
  ] as const)("is refused: $message", async ({ name, change, message }) => {
    const folder = await copyOf(name);
    await changeJson(join(folder, "config.json"), change);
    await refused(loadModel(folder), message);
  });
  it("gives a model or a named error for 300 damaged configurations", async () => {
    const random = createRandom(5);
    let refusals = 0;
    for (let i = 0; i < 300; i++) {
      const folder = folders[families[i % families.length] as string] as string;
      const path = join(folder, "config.json");
      const whole = await readFile(path);
      const damaged = Buffer.from(whole);
      for (let k = 0; k <= i % 3; k++) damaged[random.integer(damaged.length)] = 32 + random.integer(95);
      await writeFile(path, damaged);
      try {
        (await loadModel(folder)).model.dispose();
      } catch (error) {
        expect(AccordError.isInstance(error)).toBe(true);
        refusals++;
      } finally {
        await writeFile(path, whole);
      }
    }
    expect(refusals).toBeGreaterThan(100);
  });
});

describe("what authors say about writing", () => {
  it("comes from generation_config.json, in the words of this package", async () => {
    const folder = await copyOf("llama");
    await writeFile(
      join(folder, "generation_config.json"),
      JSON.stringify({
        bos_token_id: 1,
        eos_token_id: [2, 7],
        pad_token_id: 0,
        temperature: 0.6,
        top_p: 0.9,
        top_k: 0,
        do_sample: true,
        max_new_tokens: 64,
      }),
    );
    const { model, generation } = await loadModel(folder);
    expect(generation).toEqual({
      stopTokens: [2, 7],
      temperature: 0.6,
      topP: 0.9,
      maxNewTokens: 64,
      beginToken: 1,
      padToken: 0,
    });
    model.dispose();
  });
  it("is only the special tokens of config.json where that file is not there", async () => {
    const folder = await copyOf("llama");
    await rm(join(folder, "generation_config.json"));
    const { model, generation } = await loadModel(folder);
    expect(generation).toEqual({ stopTokens: [2], beginToken: 1, padToken: 0 });
    model.dispose();
  });
  it("is saved with the model, and no family's own tokens are where none are known", async () => {
    const model = tinyTransformer();
    const generation = {
      stopTokens: [2, 7],
      temperature: 0.6,
      topK: 5,
      greedy: true,
      minNewTokens: 3,
      padToken: 0,
    };
    await saveHuggingFace(model, join(scratch, "settings"), { generation });
    expect((await loadHuggingFace(join(scratch, "settings"))).generation).toEqual(generation);
    await saveHuggingFace(model, join(scratch, "none"));
    expect((await loadHuggingFace(join(scratch, "none"))).generation).toEqual({});
    const { eos_token_id } = JSON.parse(await readFile(join(scratch, "none/config.json"), "utf8"));
    expect(eos_token_id).toBeNull();
  });
});

describe("saveHuggingFace", () => {
  it.each(families)("names and shapes the tensors of %s as transformers does", async (name) => {
    const { model } = await loadModel(folders[name] as string);
    const folder = join(scratch, `saved-${name}`);
    await saveHuggingFace(model, folder);
    const path = join(folder, "model.safetensors");
    const { tensors } = decodeSafetensors(await readFile(path), path);
    const { gradients } = await fixture(name);
    const shapes = (entries: Record<string, { readonly shape: readonly number[] }>) =>
      Object.fromEntries(Object.entries(entries).map(([key, { shape }]) => [key, [...shape]]));
    expect(shapes(tensors)).toEqual(shapes(gradients));
    model.dispose();
  });
  it.each<Partial<TransformerConfig>>([
    { norm: "layer" },
    { feedForward: "gelu" },
    { ropeScaling: { kind: "dynamic", factor: 2 }, queryKeyNorm: true, queryKeyValueBias: true },
    { queryKeyValueBias: true, queryKeyNorm: true },
    { embeddingScale: 2 },
    { positions: "learned" },
  ])("refuses parts that no family has together: %o", async (parts) => {
    const saving = saveHuggingFace(tinyTransformer(parts), join(scratch, "refused"));
    await refused(saving, "no model of Hugging Face's families");
  });
  it("merges adapters into what it writes", async () => {
    const base = tinyTransformer({ ropeLayout: "half" });
    const adapted = withLora(base, { rank: 2, alpha: 8, random: createRandom(3) });
    for (const variable of Object.values(adapted.parameters)) {
      variable.assign(tf.fill(variable.shape, 0.3));
    }
    await saveHuggingFace(adapted, join(scratch, "adapted"));
    const { model } = await loadModel(join(scratch, "adapted"));
    const ids = tf.tensor2d([[1, 2, 3, 4]], undefined, "int32");
    const mask = tf.ones([1, 4]) as tf.Tensor2D;
    const expected = adapted.hidden(ids, mask);
    expect(model.hidden(ids, mask)).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
    expect(tf.max(tf.abs(tf.sub(base.hidden(ids, mask), expected))).dataSync()[0]).toBeGreaterThan(1e-2);
  });
});

describe("names of tensors", () => {
  it("may lack the prefix, as a backbone that was saved alone has them", async () => {
    const folder = await copyOf("qwen3");
    const path = join(folder, "model.safetensors");
    const { tensors } = decodeSafetensors(await readFile(path), path);
    const bare = Object.entries(tensors).map(
      ([name, tensor]) => [name.replace(/^model\./, ""), tensor] as const,
    );
    await writeFile(path, encodeSafetensors(Object.fromEntries(bare)));
    const [{ model }, { model: whole }] = [await loadModel(folder), await loadModel(folders.qwen3 as string)];
    expect((await model.state()).tensors).toEqual((await whole.state()).tensors);
  });
});

describe("loadSequenceClassifier", () => {
  const save = async (score: TensorData, labels?: Record<string, string>) => {
    const folder = join(scratch, `classifier-${copies++}`);
    await saveHuggingFace(tinyTransformer(), folder);
    const path = join(folder, "model.safetensors");
    const { tensors } = decodeSafetensors(await readFile(path), path);
    await writeFile(path, encodeSafetensors({ ...tensors, "score.weight": score }));
    await changeJson(join(folder, "config.json"), { id2label: labels });
    return folder;
  };
  const ones = (...shape: number[]): TensorData => ({
    dtype: "float32",
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
  });
  it("gives backbone, head and names", async () => {
    const { backbone, scoreWeight, labels } = await loadSequenceClassifier(
      await save(ones(2, 16), { 0: "bad", 1: "good" }),
    );
    expect(labels).toEqual(["bad", "good"]);
    expect(scoreWeight).toEqual(ones(2, 16));
    expect(backbone.config.tiedOutput).toBe(true);
    backbone.dispose();
  });
  it("numbers labels that have no names", async () => {
    const { backbone, labels } = await loadSequenceClassifier(await save(ones(2, 16)));
    expect(labels).toEqual(["LABEL_0", "LABEL_1"]);
    backbone.dispose();
  });
  it("refuses a head of another width, and one that is no number", async () => {
    await refused(loadSequenceClassifier(await save(ones(2, 8))), "[2,8], expected [labels, 16]");
    const infinite = ones(1, 16);
    infinite.data[3] = Number.POSITIVE_INFINITY;
    await refused(loadSequenceClassifier(await save(infinite)), '"score.weight" is Infinity at 3');
  });
});
