import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSafetensors } from "@accord-rl/checkpoint";
import { CheckpointError, createRandom } from "@accord-rl/core";
import { valueAndGradients } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveHuggingFace } from "../formats/hugging-face/save.ts";
import { loadModel } from "../formats/load-model.ts";
import { textBatch, tinyTransformer } from "../test-tiny-transformer.ts";
import { createTextPolicy } from "../text/text-policy.ts";
import type { Transformer } from "../transformer/transformer.ts";
import golden from "./__fixtures__/peft.json" with { type: "json" };
import { mergeLora } from "./merge.ts";
import { loadLora, saveLora } from "./peft-adapter.ts";
import { type LoraTransformer, withLora } from "./with-lora.ts";

type Name = keyof typeof golden.cases;
const names = Object.keys(golden.cases) as Name[];
const { prompts, responses, weights } = golden.inputs;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "accord-lora-"));
  for (const name of names) {
    for (const part of ["base", "adapter"] as const) {
      const folder = join(root, name, part);
      await mkdir(folder, { recursive: true });
      for (const [file, contents] of Object.entries(golden.cases[name][part])) {
        await writeFile(
          join(folder, file),
          file.endsWith(".json") ? contents : Buffer.from(contents, "base64"),
        );
      }
    }
  }
});
afterAll(() => rm(root, { recursive: true }));

const load = async (name: Name): Promise<{ base: Transformer; model: LoraTransformer }> => {
  const { model: base } = await loadModel(join(root, name, "base"));
  return { base, model: await loadLora(base, join(root, name, "adapter"), { random: createRandom(1) }) };
};

const batchOf = () => textBatch(prompts, responses);

/** [B · T · V] of the tokens of the responses. */
const logitsOf = (model: Transformer): tf.Tensor =>
  tf.tidy(() => {
    const { tokenIds, tokenMask } = batchOf().observations;
    const all = model.logits(model.hidden(tokenIds, tokenMask));
    return tf.reshape(tf.slice(all, [0, 4, 0], [-1, 4, -1]), [-1]);
  });

/** "layers.0.queries.loraA" as PEFT has it, by its place among the parameters. */
const peftNames = (model: LoraTransformer): string[] =>
  model.adapter.pairs.flatMap(({ site }) =>
    ["A", "B"].map((matrix) => `base_model.model.${site.module}.lora_${matrix}.weight`),
  );

// float32 against float32, on logits of up to 20.
const close = { rtol: 1e-4, atol: 2e-5 };

describe.each(names)("an adapter that PEFT wrote: %s", (name) => {
  const expected = golden.cases[name];

  it("gives PEFT's logits, merged too, and the base's without it", async () => {
    const { base, model } = await load(name);
    expect(logitsOf(model)).toBeAllClose(expected.outputs.logits, close);
    expect(logitsOf(mergeLora(model))).toBeAllClose(expected.outputs.logits, close);
    expect(logitsOf(base)).toBeAllClose(expected.outputs.baseLogits, close);
  });

  it("gives PEFT's log-probabilities and gradients of A and B", async () => {
    const { model } = await load(name);
    const policy = createTextPolicy(model);
    const { gradients, auxiliary } = valueAndGradients(() => {
      const { logProbs } = policy.evaluate(batchOf());
      return { loss: tf.sum(tf.mul(logProbs, tf.tensor2d(weights))), auxiliary: { logProbs } };
    }, policy.parameters);
    expect(tf.reshape(auxiliary.logProbs, [-1])).toBeAllClose(expected.outputs.logProbs, close);
    const byName = expected.gradients as Readonly<Record<string, readonly number[]>>;
    const ours = Object.values(gradients);
    expect(Object.keys(byName).sort()).toEqual(peftNames(model).sort());
    peftNames(model).forEach((peftName, i) => {
      const theirs = byName[peftName] as number[];
      const largest = Math.max(...theirs.map(Math.abs));
      expect(tf.reshape(ours[i]!, [-1])).toBeAllClose(theirs, { rtol: 1e-3, atol: 1e-5 * largest });
    });
  });

  it("is written as PEFT wrote it", async () => {
    const { model } = await load(name);
    const folder = join(root, name, "saved");
    await saveLora(model, folder);
    const read = async (at: string) =>
      decodeSafetensors(await readFile(join(root, name, at, "adapter_model.safetensors")), at).tensors;
    expect(await read("saved")).toEqual(await read("adapter"));
    const config = JSON.parse(await readFile(join(folder, "adapter_config.json"), "utf8"));
    const theirs = JSON.parse(golden.cases[name].adapter["adapter_config.json"]);
    for (const field of [
      "peft_type",
      "task_type",
      "r",
      "lora_alpha",
      "use_rslora",
      "fan_in_fan_out",
      "bias",
    ]) {
      expect(config[field]).toEqual(theirs[field]);
    }
  });
});

it("an adapter is written for the rotary layout of Hugging Face, whatever the model's", async () => {
  const base = tinyTransformer({ ropeLayout: "interleaved" });
  const model = withLora(base, { random: createRandom(1), rank: 2, targets: ["all-linear"] });
  const random = createRandom(2);
  for (const { up } of model.adapter.pairs) {
    const data = Float32Array.from({ length: up.size }, () => 0.3 * random.normal());
    tf.tidy(() => up.assign(tf.tensor2d(data, up.shape)));
  }
  const [baseFolder, adapterFolder] = [join(root, "half"), join(root, "half-adapter")];
  await saveHuggingFace(base, baseFolder);
  await saveLora(model, adapterFolder);
  const { model: half } = await loadModel(baseFolder);
  expect(half.config.ropeLayout).toBe("half");
  const same = await loadLora(half, adapterFolder, { random });
  expect(logitsOf(same)).toBeAllClose(logitsOf(model), close);
  const back = await loadLora(base, adapterFolder, { random });
  expect(logitsOf(back).dataSync()).toEqual(logitsOf(model).dataSync());
});

describe("loadLora refuses", () => {
  const write = async (changes: object, name: Name = "llama"): Promise<string> => {
    const folder = await mkdtemp(join(root, "changed-"));
    const files = golden.cases[name].adapter;
    const config = { ...JSON.parse(files["adapter_config.json"]), ...changes };
    await writeFile(join(folder, "adapter_config.json"), JSON.stringify(config));
    await writeFile(
      join(folder, "adapter_model.safetensors"),
      Buffer.from(files["adapter_model.safetensors"], "base64"),
    );
    return folder;
  };

  it.each([
    [{ peft_type: "IA3" }, /peft_type is "IA3"/],
    [{ use_dora: true }, /use_dora is true, which is not supported yet; merge the adapter/],
    [{ modules_to_save: ["lm_head"] }, /modules_to_save/],
    [{ bias: "all" }, /bias is "all"/],
    [{ alpha_pattern: { "(q|v)_proj": 3 } }, /pattern "\(q\|v\)_proj", which is not supported yet/],
    [{ alpha_pattern: { q_proj: -3 } }, /alpha_pattern gives "q_proj" -3/],
    [{ init_lora_weights: "pissa_niter_4" }, /changes the base too/],
    [{ r: "8" }, /r is "8", expected a number/],
    [{ lora_alpha: -1 }, /alpha is -1/],
  ])("%j", async (changes, message) => {
    const { base } = await load("llama");
    const loading = loadLora(base, await write(changes), { random: createRandom(1) });
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toBeInstanceOf(CheckpointError);
  });

  it("nothing that is empty: it asks for plain LoRA", async () => {
    const { base } = await load("llama");
    const empty = {
      modules_to_save: [],
      target_parameters: [],
      trainable_token_indices: [],
      alpha_pattern: {},
    };
    const model = await loadLora(base, await write(empty), { random: createRandom(1) });
    expect(logitsOf(model)).toBeAllClose(golden.cases.llama.outputs.logits, close);
  });

  it("an adapter of another model, and a folder without one", async () => {
    const { base } = await load("llama");
    const options = { random: createRandom(1) };
    await expect(loadLora(base, await write({}, "gpt2"), options)).rejects.toThrow(
      /adapts no matrix of this model/,
    );
    await expect(loadLora(base, join(root, "nowhere"), options)).rejects.toThrow(/can't be read/);
  });
});
