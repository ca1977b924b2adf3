/**
 * Soft Q-learning has its KL penalty in the soft value alone, and must end at π ∝ π_ref·exp(Q/β) all the same: at the
 * Gibbs optimum over whole responses.
 */
import { createRandom, disposeRollout, type RewardSource, type Tokenizer } from "@accord-rl/core";
import { collectText, enumerateResponses, solveGibbs, type TokenMdp } from "@accord-rl/environments";
import { adam, linearSchedule, type OptimizerFactory } from "@accord-rl/math";
import { createLlama, createTextPolicy, createTextValueFunction, createValueHead } from "@accord-rl/policy";
import {
  createSequenceReplay,
  createSoftQLearning,
  everyLength,
  oneStep,
  type SoftQOptions,
  together,
  toTheEnd,
  wholePath,
} from "@accord-rl/q-learning";
import {
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  expectNoLeak,
  type TabularTask,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

interface Setting {
  readonly task: TabularTask;
  /** S × A probabilities. */
  readonly reference: number[][];
  readonly updates: number;
  readonly beta?: number;
  readonly options?: Partial<SoftQOptions>;
  readonly optimizer?: (factory: OptimizerFactory) => OptimizerFactory;
}

const train = async ({ task, reference, updates, beta = 1, options, optimizer = (f) => f }: Setting) => {
  const policy = createTabularPolicy(reference.map((row) => row.map(Math.log)));
  const values = createTabularValues(reference.map(() => 0));
  const frozen = policy.clone();
  const steps = 2;
  const soft = createSoftQLearning({
    policy,
    values,
    reference: frozen,
    beta,
    optimizer: optimizer(
      adam({ learningRate: linearSchedule({ from: 0.2, to: 0, steps: steps * updates }) }),
    ),
    random: createRandom(0),
    options: { steps, ...options },
  });
  for (let update = 0; update < updates; update++) {
    const rollout = await createTabularRollout({ policy, task, size: 200 });
    await soft.update(rollout);
    disposeRollout(rollout);
  }
  const learned = { policy: await policy.probabilities(), values: await values.read() };
  for (const part of [soft, policy, values, frozen]) part.dispose();
  return learned;
};

/** Climbs the loss: what a loss of the wrong sign does. */
const climbing =
  (factory: OptimizerFactory): OptimizerFactory =>
  (parameters) => {
    const optimizer = factory(parameters);
    const negate = (gradients: Record<string, tf.Tensor>): Record<string, tf.Tensor> =>
      Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.neg(gradient)]));
    return { ...optimizer, apply: (gradients) => tf.tidy(() => optimizer.apply(negate(gradients))) };
  };

const largestError = (actual: readonly number[], expected: readonly number[]): number =>
  Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));

describe("one token, π_ref = [.5, .3, .2], r = [0, 1, 2]", () => {
  const setting = {
    task: { steps: 1, next: () => 0, reward: (_: number, action: number) => action },
    reference: [[0.5, 0.3, 0.2]],
    updates: 100,
  };

  test.each([
    [1, [0.179, 0.291944, 0.529056], 1.027222],
    [0.5, [0.036667, 0.162559, 0.800774], 1.306369],
  ])("reaches the optimum and its soft value at β = %d", async (beta, expected, softValue) => {
    const { policy, values } = await train({ ...setting, beta });
    expect(largestError(policy[0]!, expected)).toBeLessThan(0.005);
    expect(values[0]).toBeCloseTo(softValue, 2);
  });

  test("a flipped sign of the loss does not", async () => {
    const { policy } = await train({ ...setting, updates: 20, optimizer: climbing });
    expect(largestError(policy[0]!, [0.179, 0.291944, 0.529056])).toBeGreaterThan(0.1);
  });

  test("a flipped sign of the rewards does not", async () => {
    const task = { ...setting.task, reward: (_: number, action: number) => -action };
    const { policy } = await train({ ...setting, task, updates: 20 });
    expect(largestError(policy[0]!, [0.179, 0.291944, 0.529056])).toBeGreaterThan(0.1);
  });
});

describe("two tokens", () => {
  const rewards = [
    [0, 1],
    [0, 2],
  ];
  const mdp: TokenMdp = {
    vocabularySize: 2,
    length: 2,
    reference: (prefix) => (prefix[0] === 1 ? [0.9, 0.1] : [0.5, 0.5]),
    reward: ([first, second]) => rewards[first!]![second!]!,
  };
  const setting = {
    task: {
      steps: 2,
      next: (state: number, action: number) => (state === 0 ? 1 + action : 0),
      reward: (state: number, action: number) => (state === 0 ? 0 : rewards[state - 1]![action]!),
    },
    reference: [[0.5, 0.5], mdp.reference([0]), mdp.reference([1])].map((row) => [...row]),
    updates: 60,
  };
  const responsesOf = (policy: number[][]): number[] =>
    enumerateResponses(mdp).map(([first, second]) => policy[0]![first!]! * policy[1 + first!]![second!]!);

  test.each([
    ["one step", oneStep],
    ["to the end", toTheEnd],
    ["whole paths", wholePath],
    ["every length", everyLength()],
    ["λ-weighted lengths", everyLength(0.5)],
    ["one step and to the end", together(oneStep, toTheEnd)],
  ])("%s reaches the Gibbs optimum over whole responses", async (_, segments) => {
    const learned = responsesOf((await train({ ...setting, options: { segments } })).policy);
    expect(largestError(learned, [0.142937, 0.388543, 0.257286, 0.211234])).toBeLessThan(0.005);
    expect(largestError(learned, [...solveGibbs(mdp, { beta: 1 }).probabilities])).toBeLessThan(0.005);
  });
});

const config = {
  vocabularySize: 12,
  width: 16,
  hiddenWidth: 24,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  contextLength: 16,
  ropeTheta: 10_000,
  ropeLayout: "half",
  normEpsilon: 1e-5,
  tiedOutput: true,
} as const;

const tokenizer: Tokenizer = {
  vocabularySize: 12,
  beginToken: 0,
  endToken: 1,
  encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0) - 95),
  decode: (tokens) => Array.from(tokens, (id) => String.fromCharCode(id + 95)).join(""),
};
const prompts = ["ab", "c", "bcd", "a"].map((text) => [0, ...tokenizer.encode(text)]);
/** The share of letters f, −1 to 1. */
const reward: RewardSource = (samples) =>
  samples.map(({ response }) => response.split("f").length - 1).map((count) => count / 3 - 1);

describe("a small Llama", () => {
  const run = async (
    kind: "head" | "model",
    { withReplay = false, options = {} }: { withReplay?: boolean; options?: Partial<SoftQOptions> } = {},
    updates = 12,
  ) => {
    const model = createLlama(config, createRandom(1));
    const policy = createTextPolicy(model, { stopTokens: [1], temperature: 0.8 });
    const reference = policy.clone();
    const values = kind === "head" ? createValueHead(policy) : createTextValueFunction(model.clone());
    const soft = createSoftQLearning({
      policy,
      values,
      reference,
      beta: 0.1,
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
    const log = [];
    for (let update = 0; update < updates; update++) log.push(await iterate());
    return {
      log,
      iterate,
      dispose: () => {
        for (const part of [soft, values, reference, policy]) part.dispose();
      },
    };
  };

  test.each([
    ["values from a head", "head", false],
    ["values from a model", "model", false],
    ["past sequences too", "model", true],
  ] as const)("learns to write what is rewarded: %s", async (_, kind, withReplay) => {
    const { log, dispose } = await run(kind, { withReplay });
    dispose();
    expect(log[0]!.klNats).toBeCloseTo(0, 4);
    expect(log[0]!.reward).toBeLessThan(-0.6);
    expect(log.at(-1)!.reward).toBeGreaterThan(0);
    expect(log.at(-1)!.klNats).toBeGreaterThan(1);
    expect(log.at(-1)!.replaySize).toBe(withReplay ? 64 : undefined);
  });

  test("nothing is left behind from one iteration to the next", async () => {
    const { iterate, dispose } = await run("model", { options: { batchSize: 6, microBatchSize: 4 } }, 0);
    await expectNoLeak(async () => void (await iterate()));
    dispose();
  });
});
