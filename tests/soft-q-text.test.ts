/** Q-learning on text with the real parts: soft Q-learning of what a small Llama samples, ILQL of what was logged. */
import { createRandom, disposeRollout } from "@accord-rl/core";
import { collectText, loggedRollout, solveGibbs } from "@accord-rl/environments";
import {
  createTextPolicy,
  createTextValueFunction,
  createTransformer,
  createValueHead,
} from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import {
  createIlql,
  createSequenceReplay,
  createSoftQLearning,
  everyLength,
  oneStep,
  type SoftQOptions,
  together,
  wholePath,
} from "@accord-rl/q-learning";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import { describe, expect, test } from "vitest";
import { largestError, onPolicy, tabularLanguage, twoTokens } from "./gibbs.ts";
import { config, prompts, reward, tokenizer } from "./small-language.ts";

const nowhere = () => undefined as never;

test.each([
  ["one step", oneStep],
  ["whole paths", wholePath],
  ["λ-weighted lengths", everyLength(0.5)],
  ["one step and the rest", together(oneStep, everyLength())],
])("soft Q-learning along %s reaches the Gibbs optimum", async (_, segments) => {
  const train = onPolicy(
    ({ regularizer: __, ...parts }) =>
      createSoftQLearning({ ...parts, beta: 1, options: { steps: 2, segments } }),
    { epochs: 2 },
  );
  const language = tabularLanguage(twoTokens);
  const learned = language.responsesOf(await train({ language, updates: 60, regularize: nowhere }));
  expect(largestError(learned, solveGibbs(twoTokens, { beta: 1 }).probabilities)).toBeLessThan(0.005);
});

describe("soft Q-learning of a small Llama", () => {
  const build = (
    kind: "head" | "model",
    { withReplay = false, options = {} }: { withReplay?: boolean; options?: Partial<SoftQOptions> } = {},
  ) => {
    const model = createTransformer(config, createRandom(1));
    const policy = createTextPolicy(model, { stopTokens: [1], temperature: 0.8 });
    const reference = policy.clone();
    const values = kind === "head" ? createValueHead(policy) : createTextValueFunction(model.clone());
    const soft = createSoftQLearning({
      policy,
      values,
      reference,
      beta: 0.05,
      optimizer: adam({ learningRate: 0.02, maxGradientNorm: 1 }),
      ...(kind === "model" && { valueOptimizer: adam({ learningRate: 0.02 }) }),
      random: createRandom(2),
      ...(withReplay && { replay: createSequenceReplay({ capacity: 64 }) }),
      options: { steps: 8, microBatchSize: 8, ...options },
    });
    const random = createRandom(4);
    const iterate = async () => {
      const { rollout } = await collectText({
        actor: soft.actor,
        prompts,
        tokenizer,
        reward,
        random,
        maxNewTokens: 6,
        promptLength: 4,
        samplesPerPrompt: 4,
      });
      const stats = await soft.update(rollout);
      disposeRollout(rollout);
      return stats;
    };
    const dispose = () => {
      for (const part of [soft, values, reference, policy]) part.dispose();
    };
    return { iterate, dispose };
  };

  test.each([
    ["values from a head", "head", false],
    ["values from a model", "model", false],
    ["past sequences too", "model", true],
  ] as const)("writes what is rewarded: %s", async (_, kind, withReplay) => {
    const { iterate, dispose } = build(kind, { withReplay });
    const log = [];
    for (let update = 0; update < 10; update++) log.push(await iterate());
    dispose();
    expect(log[0]!.klNats).toBeCloseTo(0, 4);
    expect(log[0]!.reward).toBeLessThan(0.2);
    expect(log.at(-1)!.reward).toBeGreaterThan(0.5);
    expect(log.at(-1)!.klNats).toBeGreaterThan(1);
    expect(log.at(-1)!.replaySize).toBe(withReplay ? 64 : undefined);
  });

  test("leaves nothing behind from one iteration to the next", async () => {
    const { iterate, dispose } = build("model", { options: { batchSize: 6, microBatchSize: 4 } });
    await expectNoLeak(async () => void (await iterate()));
    dispose();
  });
});

describe("ILQL of logged responses", () => {
  /** Random letters, of which people liked the f. */
  const logged = (count: number) => {
    const random = createRandom(7);
    return Array.from({ length: count }, (_, i) => {
      const response = Array.from({ length: 6 }, () => 2 + random.integer(10));
      return {
        prompt: prompts[i % prompts.length]!,
        response,
        reward: response.map((token) => Number(token === 7)),
      };
    });
  };

  test.each([
    ["op by op", undefined],
    ["compiled", createCompile()],
  ])("steers a small Llama towards what was liked, %s", async (_, compile) => {
    const model = createTransformer(config, createRandom(1));
    const compiled = compile && { compile };
    const ilql = createIlql({
      model,
      createActor: (guide) => createTextPolicy(model, { guide, ...compiled }),
      optimizer: adam({ learningRate: 0.02, maxGradientNorm: 1, ...compiled }),
      random: createRandom(2),
      ...compiled,
      options: { discount: 1, beta: 6, conservativeWeight: 0.01, targetRate: 0.2, targetEvery: 1 },
    });
    const rollout = loggedRollout(logged(64), { promptLength: 4 });
    for (let update = 0; update < 40; update++) await ilql.update(rollout);
    disposeRollout(rollout);
    const rewardOf = async (actor: typeof ilql.actor) => {
      const collected = await collectText({
        actor,
        prompts,
        tokenizer,
        reward,
        random: createRandom(3),
        maxNewTokens: 6,
        samplesPerPrompt: 12,
      });
      disposeRollout(collected.rollout);
      const scores = collected.scores as number[];
      return scores.reduce((sum, score) => sum + score, 0) / scores.length;
    };
    const cloned = await rewardOf(createTextPolicy(model, { guide: ilql.guide(0) }));
    expect(cloned).toBeLessThan(0.25);
    expect(await rewardOf(ilql.actor)).toBeGreaterThan(cloned + 0.3);
    ilql.dispose();
    model.dispose();
  });
});
