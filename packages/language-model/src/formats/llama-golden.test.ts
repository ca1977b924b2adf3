import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@accord-rl/core";
import { valueAndGradients } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertRopeLayout } from "../config/rope-layout.ts";
import { textBatch } from "../test-tiny-transformer.ts";
import { createTextPolicy } from "../text/text-policy.ts";
import type { Transformer } from "../transformer/transformer.ts";
import golden from "./__fixtures__/llama.json" with { type: "json" };
import { loadModel } from "./load-model.ts";

const { prompts, responses, weights } = golden.inputs;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-llama-"));
  await writeFile(join(folder, "config.json"), golden.half.files.config);
  await writeFile(join(folder, "model.safetensors"), Buffer.from(golden.half.files.safetensors, "base64"));
  await writeFile(join(folder, "model.bin"), Buffer.from(golden.interleaved.files.bin, "base64"));
});
afterAll(() => rm(folder, { recursive: true }));

type Gradients = Readonly<Record<string, { readonly values: readonly number[] }>>;
const huggingFaceNames = {
  embedding: () => ["model.embed_tokens.weight"],
  norm: () => ["model.norm.weight"],
  output: () => ["lm_head.weight"],
  attentionNorm: (i: string) => [`model.layers.${i}.input_layernorm.weight`],
  queryKeyValue: (i: string) =>
    ["q", "k", "v"].map((name) => `model.layers.${i}.self_attn.${name}_proj.weight`),
  attentionOutput: (i: string) => [`model.layers.${i}.self_attn.o_proj.weight`],
  feedForwardNorm: (i: string) => [`model.layers.${i}.post_attention_layernorm.weight`],
  gateUp: (i: string) => ["gate", "up"].map((name) => `model.layers.${i}.mlp.${name}_proj.weight`),
  down: (i: string) => [`model.layers.${i}.mlp.down_proj.weight`],
};
const llama2cNames = {
  ...Object.fromEntries(
    Object.keys(huggingFaceNames).map((name) => [name, (i: string) => [i ? `layers.${i}.${name}` : name]]),
  ),
  queryKeyValue: (i: string) => ["queries", "keys", "values"].map((name) => `layers.${i}.${name}`),
  gateUp: (i: string) => ["gate", "up"].map((name) => `layers.${i}.${name}`),
} as typeof huggingFaceNames;

/** The golden's gradient of one of our parameters, which joins several of its matrices. */
const goldenGradient = (gradients: Gradients, name: string, names: typeof huggingFaceNames): number[] => {
  const [, layer = "", part = name] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
  return names[part as keyof typeof names](layer).flatMap((source) => [...(gradients[source]?.values ?? [])]);
};

const cases = [
  { name: "transformers' weights", file: "", expected: golden.half, names: huggingFaceNames },
  { name: "llama2.c's weights", file: "model.bin", expected: golden.interleaved, names: llama2cNames },
];

describe.each(cases)(
  "a model with $name agrees with an independent implementation",
  ({ file, expected, names }) => {
    let model: Transformer;
    beforeAll(async () => {
      model = (await loadModel(join(folder, file))).model;
    });

    it("in its logits and log-probabilities, with padded prompts of different lengths", () => {
      const batch = textBatch(prompts, responses);
      const { tokenIds, tokenMask } = batch.observations;
      const hidden = tf.slice(model.hidden(tokenIds, tokenMask), [0, 4, 0], [-1, 4, -1]);
      const logits = tf.reshape(model.logits(hidden), [-1]);
      expect(logits).toBeAllClose(expected.outputs.logits, { rtol: 1e-4, atol: 1e-4 });
      const { logProbs } = createTextPolicy(model).evaluate(batch);
      expect(tf.reshape(logProbs, [-1])).toBeAllClose(expected.outputs.logProbs, { rtol: 1e-4, atol: 1e-4 });
    });

    it("in every gradient", () => {
      const policy = createTextPolicy(model);
      const batch = textBatch(prompts, responses);
      const { gradients } = valueAndGradients(
        () => ({ loss: tf.sum(tf.mul(policy.evaluate(batch).logProbs, tf.tensor2d(weights))) as tf.Scalar }),
        policy.parameters,
      );
      for (const [name, gradient] of Object.entries(gradients)) {
        const values = goldenGradient(expected.gradients, name, names);
        expect(tf.reshape(gradient, [-1]), name).toBeAllClose(values, { rtol: 1e-3, atol: 1e-4 });
      }
    });

    it("in its greedy text", async () => {
      const { responses } = await createTextPolicy(model).generate(prompts, {
        maxNewTokens: 8,
        greedy: true,
        random: createRandom(0),
      });
      expect(responses.map((tokens) => [...tokens])).toEqual(expected.outputs.greedy);
    });
  },
);

describe("convertRopeLayout", () => {
  it("pairs rows 2i and 2i + 1 with i and i + size / 2, per head", () => {
    const rows = Float32Array.from([0, 1, 2, 3, 10, 11, 12, 13]);
    const half = convertRopeLayout(rows, { columns: 1, headSize: 4, to: "half" });
    expect([...half]).toEqual([0, 2, 1, 3, 10, 12, 11, 13]);
    expect(convertRopeLayout(half, { columns: 1, headSize: 4, to: "interleaved" })).toEqual(rows);
  });
});
