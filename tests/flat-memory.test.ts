/** A thousand iterations of PPO on a small model: memory stays what it was. */
import { createCompile } from "@accord-rl/backend";
import { createRandom, disposeRollout } from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import { createTextPolicy, createTransformer, createValueHead } from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import { createPpo } from "@accord-rl/ppo";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { config, prompts, reward, tokenizer } from "./small-language.ts";

const iterations = 1000;
/** Caches and pools have their size by then. */
const settled = 200;

/** All that the process holds, and that beside the heap of JavaScript, which takes hundreds of iterations to get its size. */
const mebibytes = (): { rss: number; native: number } => {
  const { rss, heapTotal } = process.memoryUsage();
  return { rss: rss / 2 ** 20, native: (rss - heapTotal) / 2 ** 20 };
};

test.runIf(tf.getBackend() === "tensorflow")(
  "a thousand compiled iterations of PPO leave memory flat",
  async () => {
    const compile = createCompile();
    const model = createTransformer(config, createRandom(1));
    const policy = createTextPolicy(model, { stopTokens: [1], compile });
    const reference = createTextPolicy(model.clone(), { stopTokens: [1], compile });
    const values = createValueHead(policy);
    const ppo = createPpo({
      policy,
      values,
      compile,
      optimizer: adam({ learningRate: 1e-4, maxGradientNorm: 1 }),
      random: createRandom(2),
      regularizer: createKlRegularizer({
        reference,
        estimator: k1,
        coefficient: fixed(0.02),
      }),
      options: { epochs: 1 },
    });
    const random = createRandom(3);
    const memory: { rss: number; native: number; tensors: number }[] = [];
    for (let iteration = 0; iteration < iterations; iteration++) {
      const { rollout } = await collectText({
        actor: ppo.actor,
        prompts,
        tokenizer,
        reward,
        random,
        maxNewTokens: 6,
        promptLength: 4,
      });
      await ppo.update(rollout);
      disposeRollout(rollout);
      memory.push({ ...mebibytes(), tensors: tf.memory().numTensors });
    }
    const highest = (from: number, to: number) =>
      Math.max(...memory.slice(from, to).map(({ native }) => native));
    const before = highest(settled - 100, settled);
    const after = highest(iterations - 100, iterations);
    expect(after / before, `${before} MiB, then ${after} MiB`).toBeLessThan(1.05);
    expect(memory.at(-1)!.rss / memory[settled]!.rss, "all of it").toBeLessThan(1.15);
    expect(memory.at(-1)!.tensors).toBe(memory[settled]!.tensors);
    for (const { traces } of compile.stats()) expect(traces).toBeLessThanOrEqual(2);
    for (const part of [ppo, values, reference, policy, compile]) part.dispose();
  },
  600_000,
);
