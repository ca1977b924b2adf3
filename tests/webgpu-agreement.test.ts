/**
 * WebGPU beside WASM: the losses of the packages with their gradients, and one iteration of PPO on text. Needs the
 * packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`, which are optional, and a Vulkan driver: a processor will do
 * (SwiftShader, with VK_DRIVER_FILES pointing to its vk_swiftshader_icd.json).
 */
import { startBackend } from "@accord-rl/backend";
import { createRandom, disposeRollout, type Stats } from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import { createTextPolicy, createTextValueFunction, createTransformer } from "@accord-rl/language-model";
import { adamW } from "@accord-rl/learning";
import { createPpo } from "@accord-rl/ppo";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { differentiate, lossCases } from "./loss-cases.ts";
import { config, prompts, reward, tokenizer } from "./small-language.ts";

type Name = "wasm" | "webgpu";

const reasonItCannotStart = await startBackend({ backend: "webgpu" }).then(
  () => undefined,
  (error: Error) => error.message,
);
// What is missing fails where WebGPU was asked for, and is named where it was not.
if (reasonItCannotStart && process.env.ACCORD_BACKEND === "webgpu") throw new Error(reasonItCannotStart);

const read = async (tensors: Record<string, Tensor>): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(tensors).map(async ([name, tensor]) => [name, Array.from(await tensor.data())] as const),
    ),
  );

/** Runs a function on a backend and leaves no tensor behind. */
const on = async <T>(backend: Name, fn: () => Promise<T>): Promise<T> => {
  await startBackend({ backend });
  const { numTensors } = tf.memory();
  const result = await fn();
  expect(tf.memory().numTensors).toBe(numTensors);
  return result;
};

const onBoth = async <T>(fn: () => Promise<T>): Promise<[webgpu: T, wasm: T]> => [
  await on("webgpu", fn),
  await on("wasm", fn),
];

/** One rollout and one update of a small language model, with all parts that PPO has. */
const ppoIteration = async (): Promise<{
  sampled: number[];
  stats: Stats;
  learned: Record<string, number[]>;
}> => {
  const model = createTransformer(config, createRandom(1));
  const policy = createTextPolicy(model, { stopTokens: [1], temperature: 0.8 });
  const reference = createTextPolicy(model.clone(), { stopTokens: [1], temperature: 0.8 });
  const values = createTextValueFunction(model.clone());
  const ppo = createPpo({
    policy,
    values,
    optimizer: adamW({ learningRate: 1e-3, maxGradientNorm: 1 }),
    random: createRandom(2),
    regularizer: createKlRegularizer({
      reference,
      estimator: k1,
      coefficient: fixed(0.1),
    }),
    options: { epochs: 2, minibatches: 1 },
  });
  const random = createRandom(3);
  const { rollout } = await collectText({
    actor: policy,
    prompts,
    tokenizer,
    reward,
    random,
    maxNewTokens: 6,
  });
  const sampled = Array.from(await rollout.actions.data());
  const stats = await ppo.update(rollout);
  disposeRollout(rollout);
  const learned = await read(policy.parameters);
  for (const part of [ppo, values, reference, policy]) part.dispose();
  return { sampled, stats, learned };
};

const title = reasonItCannotStart ? `WebGPU (can't run here: ${reasonItCannotStart})` : "WebGPU";

describe.skipIf(reasonItCannotStart)(title, () => {
  test.each(lossCases)("$name agrees with WASM, gradients too", async (lossCase) => {
    const [webgpu, wasm] = await onBoth(async () => {
      const tensors = differentiate(lossCase);
      const numbers = await read(tensors);
      tf.dispose(tensors);
      return numbers;
    });
    for (const [name, values] of Object.entries(webgpu)) {
      expect([name, values]).toEqual([name, wasm[name]!.map((value) => expect.closeTo(value, 4))]);
    }
  });

  test("more tensors than a shader takes are added, and nothing else is lost", async () => {
    await on("webgpu", async () => {
      const [x, others] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
      const results = { sum: tf.addN(Array<Tensor>(40).fill(x)), product: tf.mul(x, others) };
      expect(await read(results)).toEqual({ sum: [40, 80], product: [3, 8] });
      tf.dispose([x, others, ...Object.values(results)]);
    });
  });

  test("an iteration of PPO samples and learns the same", async () => {
    const [webgpu, wasm] = await onBoth(ppoIteration);
    expect(webgpu.sampled).toEqual(wasm.sampled);
    expect(webgpu.stats.ratioDeviation).toBeLessThan(1e-4);
    for (const key of ["reward", "loss", "gradientNorm", "valueLoss"]) {
      expect([key, webgpu.stats[key]]).toEqual([key, expect.closeTo(wasm.stats[key]!, 3)]);
    }
    for (const [name, values] of Object.entries(webgpu.learned)) {
      const distance = Math.max(...values.map((value, i) => Math.abs(value - wasm.learned[name]![i]!)));
      expect(distance, name).toBeLessThan(2e-4);
    }
  }, 300_000);
});
