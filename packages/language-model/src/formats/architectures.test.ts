import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, type TensorData } from "@accord-rl/core";
import { readTensor, valueAndGradients } from "@accord-rl/math";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textBatch } from "../test-tiny-transformer.ts";
import { createTextPolicy } from "../text/text-policy.ts";
import type { Transformer } from "../transformer/transformer.ts";
import { separateWeights } from "../weights/weight-parts.ts";
import { fileTensors } from "./hugging-face/file-tensors.ts";
import { readFolderDescription } from "./hugging-face/load.ts";
import { saveHuggingFace, tensorForFile } from "./hugging-face/save.ts";
import { loadModel } from "./load-model.ts";
import { writeGoldenFolder } from "./test-golden-model.ts";

interface Golden {
  readonly inputs: {
    readonly prompts: number[][];
    readonly responses: number[][];
    readonly weights: number[][];
  };
  readonly files: Readonly<Record<string, string>>;
  readonly outputs: { readonly logits: number[]; readonly logProbs: number[]; readonly greedy: number[][] };
  readonly gradients: Readonly<Record<string, { readonly values: number[] }>>;
}

const read = (name: string): Golden =>
  JSON.parse(readFileSync(join(import.meta.dirname, `__fixtures__/architecture-${name}.json`), "utf8"));

const compile = createCompile();

describe.each([
  { name: "llama", what: "biases, another head size and llama3's rotary scaling" },
  { name: "qwen2", what: "biases of queries, keys and values; sharded float16 files" },
  { name: "qwen3", what: "normalised queries and keys; bfloat16 files" },
  { name: "gpt2", what: "LayerNorm, learned positions, gelu; sharded files, transposed matrices" },
  { name: "llama-yarn", what: "yarn's rotary scaling; x · Φ(x) with a gate" },
  { name: "llama-dynamic", what: "dynamic rotary scaling; quick gelu with a gate" },
  { name: "mistral", what: "layers that look back a limited way" },
  { name: "qwen2-sliding", what: "some layers that look back a limited way, with yarn's rotary scaling" },
  { name: "gpt2-exact", what: "x · Φ(x) without a gate" },
  { name: "gemma3", what: "norms before and after, gated gelu, sliding layers, linear rotary scaling" },
])("$name ($what) agrees with transformers", ({ name }) => {
  const golden = read(name);
  const { inputs, outputs } = golden;
  const folders: string[] = [];
  let model: Transformer;
  beforeAll(async () => {
    folders.push(await writeGoldenFolder(golden.files));
    model = (await loadModel(folders[0] as string)).model;
  });
  afterAll(async () => {
    model.dispose();
    for (const folder of folders) await rm(folder, { recursive: true });
  });
  const policyOf = (options = {}) => createTextPolicy(model, options);

  it("in its logits and log-probabilities, with padded prompts of different lengths", () => {
    const batch = textBatch(inputs.prompts, inputs.responses);
    const { tokenIds, tokenMask } = batch.observations;
    const hidden = tf.slice(model.hidden(tokenIds, tokenMask), [0, 4, 0], [-1, 4, -1]);
    const logits = tf.reshape(model.logits(hidden), [-1]);
    expect(logits).toBeAllClose(outputs.logits, { rtol: 1e-4, atol: 1e-4 });
    const { logProbs } = policyOf().evaluate(batch);
    expect(tf.reshape(logProbs, [-1])).toBeAllClose(outputs.logProbs, { rtol: 1e-4, atol: 1e-4 });
  });

  it("in every gradient", async () => {
    const policy = policyOf();
    const batch = textBatch(inputs.prompts, inputs.responses);
    const weights = tf.tensor2d(inputs.weights);
    const { gradients } = valueAndGradients(
      () => ({ loss: tf.sum(tf.mul(policy.evaluate(batch).logProbs, weights)) as tf.Scalar }),
      policy.parameters,
    );
    const read = await Promise.all(
      Object.entries(gradients).map(async ([name, gradient]) => [name, await readTensor(gradient)] as const),
    );
    const separate = separateWeights(model.config, Object.fromEntries(read));
    const { architecture } = await readFolderDescription(folders[0] as string);
    const tensors = fileTensors(architecture, model.config);
    expect(tensors.map((tensor) => tensor.name).sort()).toEqual(Object.keys(golden.gradients).sort());
    for (const tensor of tensors) {
      // Moving a norm's weight by 1 does not change its gradient.
      const { data } = tensorForFile({ ...tensor, offset: 0 }, separate);
      const expected = golden.gradients[tensor.name]?.values ?? [];
      expect([...data], tensor.name).toBeAllClose(expected, { rtol: 1e-3, atol: 1e-4 });
    }
  });

  it("in its greedy text, step by step and compiled", async () => {
    for (const options of [{}, { compile }]) {
      const { responses } = await policyOf(options).generate(inputs.prompts, {
        maxNewTokens: 8,
        greedy: true,
        random: createRandom(0),
      });
      expect(responses.map((tokens) => [...tokens])).toEqual(outputs.greedy);
    }
  });

  it("and scores what it sampled as it sampled it, step by step and compiled", async () => {
    const prompts = inputs.prompts;
    for (const options of [{ temperature: 0.7 }, { temperature: 0.7, compile }]) {
      const policy = policyOf(options);
      const { responses, logProbs } = await policy.generate(prompts, {
        maxNewTokens: 11,
        random: createRandom(3),
      });
      const scored = policy.evaluate(textBatch(prompts, responses));
      expect(scored.logProbs).toBeAllClose(
        logProbs.map((row) => [...row]),
        { rtol: 1e-4, atol: 1e-4 },
      );
    }
  });

  it("and goes to a folder and back as the same family", async () => {
    const folder = await mkdtemp(join(tmpdir(), "accord-saved-"));
    folders.push(folder);
    await saveHuggingFace(model, folder);
    const { model: again } = await loadModel(folder);
    expect(again.config).toEqual(model.config);
    const [before, after] = [(await model.state()).tensors, (await again.state()).tensors];
    for (const [name, { data }] of Object.entries(before)) {
      // (w − 1) + 1 rounds twice.
      const atol = name.endsWith("orm") ? 2e-7 : 0;
      expect([...(after[name] as TensorData).data], name).toBeAllClose([...data], { rtol: 0, atol });
    }
    const type = async (path: string) =>
      JSON.parse(await readFile(join(path, "config.json"), "utf8")).model_type;
    expect(await type(folder)).toBe(await type(folders[0] as string));
    again.dispose();
  });

  it("and leaks nothing", async () => {
    const batch = textBatch(inputs.prompts, inputs.responses);
    const once = async () => {
      const { model: own } = await loadModel(folders[0] as string);
      const copy = own.clone();
      const policy = createTextPolicy(own);
      tf.tidy(() => {
        valueAndGradients(
          () => ({ loss: tf.sum(policy.evaluate(batch).logProbs) as tf.Scalar }),
          policy.parameters,
        );
      });
      await policy.generate([[1, 2]], { maxNewTokens: 3, random: createRandom(1) });
      policy.dispose();
      copy.dispose();
    };
    await once();
    await expectNoLeak(once);
  });
});
