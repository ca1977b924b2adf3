/** PPO with the real parts: a small Llama samples, a function scores, and what was sampled is what is learned from. */
import { createRandom, disposeRollout } from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import { adaptive, createKlRegularizer, k1 } from "@accord-rl/kl-regularizers";
import {
  createTextPolicy,
  createTextValueFunction,
  createTransformer,
  createValueHead,
} from "@accord-rl/language-model";
import { adam, sgd } from "@accord-rl/learning";
import { textDecisions } from "@accord-rl/math";
import { createPpo, type PpoOptions } from "@accord-rl/ppo";
import { createSft } from "@accord-rl/sft";
import { expectNoLeak } from "@accord-rl/testing";
import { afterEach, expect, test } from "vitest";
import { config, prompts, reward, tokenizer } from "./small-language.ts";

const disposables: { dispose(): void }[] = [];
afterEach(() => {
  for (const part of disposables.splice(0)) part.dispose();
});

const build = (kind: "head" | "model", options: Partial<PpoOptions> = {}, learningRate = 0.02) => {
  const model = createTransformer(config, createRandom(1));
  const policy = createTextPolicy(model, { stopTokens: [1], temperature: 0.8 });
  const reference = createTextPolicy(model.clone(), { stopTokens: [1], temperature: 0.8 });
  const values = kind === "head" ? createValueHead(policy) : createTextValueFunction(model.clone());
  const ppo = createPpo({
    policy,
    values,
    optimizer: adam({ learningRate, maxGradientNorm: 1 }),
    random: createRandom(2),
    regularizer: createKlRegularizer({
      reference,
      estimator: k1,
      coefficient: adaptive({ initial: 0.02, target: 3 }),
    }),
    options,
  });
  disposables.push(ppo, values, reference, policy);
  return { ppo, policy };
};

const collect = (actor: Parameters<typeof collectText>[0]["actor"], random = createRandom(3)) =>
  collectText({ actor, prompts, tokenizer, reward, random, maxNewTokens: 6, samplesPerPrompt: 4 });

test.each(["head", "model"] as const)("learns to write what is rewarded, values from a %s", async (kind) => {
  const { ppo } = build(kind, { microBatchSize: 8 });
  const random = createRandom(4);
  const log = [];
  for (let update = 0; update < 12; update++) {
    const { rollout } = await collect(ppo.actor, random);
    log.push(await ppo.update(rollout));
    disposeRollout(rollout);
  }
  // Teacher-forced log-probs are those that were sampled, update after update.
  for (const { ratioDeviation } of log) expect(ratioDeviation).toBeLessThan(1e-4);
  expect(log[0]!.klNats).toBeCloseTo(0, 4);
  expect(log[0]!.reward).toBeLessThan(0.2);
  expect(log.at(-1)!.reward).toBeGreaterThan(0.5);
  expect(log.at(-1)!.klNats).toBeGreaterThan(1);
});

test("micro-batches and more padding change nothing", async () => {
  const random = () => createRandom(6);
  const stepped = async (options: Partial<PpoOptions>, padding: { promptLength?: number } = {}) => {
    const { ppo, policy } = build("head", { epochs: 1, ...options });
    const { rollout } = await collectText({
      actor: policy,
      prompts,
      tokenizer,
      reward,
      random: random(),
      maxNewTokens: 6,
      samplesPerPrompt: 4,
      ...padding,
    });
    const { gradientNorm, loss } = await ppo.update(rollout);
    disposeRollout(rollout);
    return [gradientNorm!, loss!];
  };
  const whole = await stepped({});
  expect(await stepped({ microBatchSize: 3 })).toBeAllClose(whole, { rtol: 1e-5 });
  // Rotary angles of float32 are relative: shifted positions differ in the last bits.
  expect(await stepped({}, { promptLength: 8 })).toBeAllClose(whole, { rtol: 1e-4 });
});

test("refuses a rollout of a policy that has changed since", async () => {
  const { ppo } = build("head", { epochs: 1 });
  const { rollout } = await collect(ppo.actor);
  await ppo.update(rollout);
  await expect(ppo.update(rollout)).rejects.toThrow(
    /another policy sampled the rollout, or an update happened/,
  );
  disposeRollout(rollout);
});

test("the SFT mix follows the gradient of SFT, and keeps supervised text likely", async () => {
  const batch = [
    { tokens: [0, 3, 4, 5, 6, 1], completionStart: 2 },
    { tokens: [0, 7, 8], completionStart: 2 },
  ];
  const start = () => createTransformer(config, createRandom(8));
  const model = start();
  const sft = createSft({ model, optimizer: sgd({ learningRate: 0.1 }) });
  await sft.update(batch);
  // Advantages and value loss weigh nothing: only the mix is left. At temperature 1 it is SFT.
  const policy = createTextPolicy(start(), { stopTokens: [1] });
  const values = createTextValueFunction(start());
  const ppo = createPpo({
    policy,
    values,
    optimizer: sgd({ learningRate: 0.1 }),
    random: createRandom(0),
    sftMix: { coefficient: 1, next: () => textDecisions(batch) },
    options: { epochs: 1, valueCoefficient: 0, whitening: null },
  });
  disposables.push(sft, model, ppo, values, policy);
  const { rollout } = await collectText({
    actor: policy,
    prompts,
    tokenizer,
    reward: (samples) => samples.map(() => 0),
    random: createRandom(3),
    maxNewTokens: 6,
  });
  await ppo.update(rollout);
  disposeRollout(rollout);
  for (const [name, variable] of Object.entries(policy.parameters)) {
    expect(variable).toBeAllClose(model.parameters[name]!, { rtol: 1e-4, atol: 1e-5 });
  }
});

test("nothing is left behind from one iteration to the next", async () => {
  const { ppo } = build("model", { microBatchSize: 8, minibatches: 2, epochs: 2 });
  const random = createRandom(5);
  await expectNoLeak(async () => {
    const { rollout } = await collect(ppo.actor, random);
    await ppo.update(rollout);
    disposeRollout(rollout);
  });
});
