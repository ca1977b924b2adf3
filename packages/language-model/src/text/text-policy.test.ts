import {
  type Compile,
  createRandom,
  type Generation,
  InvalidArgumentError,
  type LogitsGuide,
} from "@accord-rl/core";
import { valueAndGradients } from "@accord-rl/math";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { raggedPrompts, textBatch, tinyConfig, tinyTransformer } from "../test-tiny-transformer.ts";
import { createTextPolicy, type TextPolicy, type TextPolicyOptions } from "./text-policy.ts";

/** Every token of the tiny model. */
const all = Array.from({ length: tinyConfig.vocabularySize }, (_, token) => token);

/** Depends on both of its inputs, and is not linear in either. */
const guide: LogitsGuide = ({ logits, hidden }) =>
  tf.tidy(() => tf.add(logits, tf.mul(tf.sin(tf.mul(logits, 3)), tf.sum(tf.abs(hidden), -1, true))));

/** Largest difference between the recorded and the teacher-forced log-probabilities. */
const gap = (policy: TextPolicy, { responses, logProbs }: Generation): number => {
  const scored = policy.evaluate(textBatch(raggedPrompts, responses)).logProbs.arraySync();
  const differences = logProbs.flatMap((row, b) =>
    Array.from(row, (value, t) => Math.abs(value - (scored[b]?.[t] as number))),
  );
  return Math.max(...differences);
};

describe("what was sampled is what is scored", () => {
  const cases: (TextPolicyOptions & { ropeLayout?: "half"; keyValueHeads?: number; tiedOutput?: boolean })[] =
    [
      {},
      { temperature: 0.7 },
      { temperature: 1.9, ropeLayout: "half", keyValueHeads: 4, tiedOutput: false },
      { stopTokens: [3, 4], minNewTokens: 3, bannedTokens: [0, 12], temperature: 1.3 },
      { stopTokens: [3, 4], minNewTokens: 99, keyValueHeads: 1 },
      { guide, temperature: 0.7 },
      { guide, stopTokens: [3, 4], minNewTokens: 3, bannedTokens: [0, 12], temperature: 1.3 },
    ];
  it.each(cases)(
    "%o",
    async ({ ropeLayout = "interleaved" as const, keyValueHeads = 2, tiedOutput = true, ...options }) => {
      const policy = createTextPolicy(tinyTransformer({ ropeLayout, keyValueHeads, tiedOutput }), options);
      for (const seed of [1, 2, 3]) {
        const generation = await policy.generate(raggedPrompts, {
          maxNewTokens: 9,
          random: createRandom(seed),
        });
        expect(gap(policy, generation)).toBeLessThan(1e-4);
        expect(generation.isFullDistribution).toBe(true);
      }
      policy.dispose();
    },
  );
});

describe("createTextPolicy.generate", () => {
  const policy = createTextPolicy(tinyTransformer(), {
    stopTokens: [3, 4, 7],
    minNewTokens: 2,
    bannedTokens: [5],
  });
  const generate = (
    options: { seed?: number; greedy?: boolean; topK?: number; topP?: number } = {},
    prompts = raggedPrompts,
  ) => {
    const { seed = 1, ...rest } = options;
    return policy.generate(prompts, { maxNewTokens: 12, random: createRandom(seed), ...rest });
  };

  it("ends at a stop token, not before the minimum, and never writes a banned one", async () => {
    const many = Array.from({ length: 40 }, (_, i) => raggedPrompts[i % 3] as number[]);
    const { responses, finished, logProbs } = await generate({}, many);
    expect(finished).toContain(true);
    responses.forEach((response, row) => {
      const stop = response.findIndex((token) => [3, 4, 7].includes(token));
      expect(stop).toBe(finished[row] ? response.length - 1 : -1);
      expect(finished[row] || response.length === 12).toBe(true);
      expect(response.length).toBeGreaterThan(2);
      expect(response).not.toContain(5);
      expect(logProbs[row]).toHaveLength(response.length);
    });
  });
  it("gives the same text for the same seed, another for another", async () => {
    const [a, b, c] = [await generate(), await generate(), await generate({ seed: 2 })];
    expect(a).toEqual(b);
    expect(a.responses).not.toEqual(c.responses);
  });
  it("moves the generator on, so that a second call differs", async () => {
    const random = createRandom(1);
    const first = await policy.generate(raggedPrompts, { maxNewTokens: 12, random });
    const second = await policy.generate(raggedPrompts, { maxNewTokens: 12, random });
    expect(first.responses).not.toEqual(second.responses);
  });
  it("gives a row its text whatever the other rows are", async () => {
    const together = await generate();
    const alone = await generate({}, [raggedPrompts[0] as number[]]);
    const beside = await generate({}, [[1], raggedPrompts[1] as number[]]);
    expect(alone.responses[0]).toEqual(together.responses[0]);
    expect(beside.responses[1]).toEqual(together.responses[1]);
  });
  it("is greedy with one candidate, however the one is chosen", async () => {
    const greedy = await generate({ greedy: true });
    expect((await generate({ topK: 1 })).responses).toEqual(greedy.responses);
    expect((await generate({ topP: 1e-6 })).responses).toEqual(greedy.responses);
    expect(greedy.isFullDistribution).toBe(false);
    const evaluated = policy.evaluate(textBatch(raggedPrompts, greedy.responses), { distribution: true });
    const best = tf.argMax(evaluated.distribution as tf.Tensor, 2).arraySync() as number[][];
    greedy.responses.forEach((response, row) => {
      expect([...response]).toEqual(best[row]?.slice(0, response.length));
    });
  });
  it("says when the distribution was cut", async () => {
    const { isFullDistribution, logProbs } = await generate({ topK: 1 });
    expect(isFullDistribution).toBe(false);
    for (const row of logProbs)
      expect([...row]).toBeAllClose(
        [...row].map(() => 0),
        { atol: 1e-5 },
      );
  });
  it("shows each step, −1 for rows that have ended, and stops when all have", async () => {
    const steps: number[][] = [];
    const { responses } = await policy.generate(raggedPrompts, {
      maxNewTokens: 12,
      random: createRandom(3),
      onStep: ({ index, tokens }) => {
        expect(index).toBe(steps.length);
        steps.push([...tokens]);
      },
    });
    expect(steps).toHaveLength(Math.max(...responses.map((response) => response.length)));
    responses.forEach((response, row) => {
      expect(steps.map((tokens) => tokens[row]).filter((token) => token !== -1)).toEqual([...response]);
    });
  });
  it("leaks nothing, also when a listener throws", async () => {
    await expectNoLeak(async () => void (await generate()));
    await expectNoLeak(async () => void (await generate({ topK: 3, topP: 0.9 })));
    const failing = policy.generate(raggedPrompts, {
      maxNewTokens: 2,
      random: createRandom(1),
      onStep: () => {
        throw new RangeError("listener");
      },
    });
    const before = tf.memory().numTensors;
    await expect(failing).rejects.toThrow("listener");
    expect(tf.memory().numTensors).toBeLessThan(before);
  });
  it.each([
    { prompts: [], options: {}, message: "got no prompt" },
    { prompts: [[]], options: {}, message: "prompt 0 is empty" },
    { prompts: [[1], [13]], options: {}, message: "prompt 1 holds 13" },
    {
      prompts: [[1, 2], Array(13).fill(1)],
      options: {},
      message: "prompt 1 of 13 tokens and 12 new ones exceed the model's contextLength of 24",
    },
    { prompts: [[1]], options: { maxNewTokens: 0 }, message: "maxNewTokens is 0" },
    { prompts: [[1]], options: { topK: 0 }, message: "topK is 0" },
    { prompts: [[1]], options: { topP: 0 }, message: "topP is 0" },
    { prompts: [[1]], options: { greedy: true, topK: 2 }, message: "leave topK and topP out" },
  ])("refuses before any work: $message", async ({ prompts, options, message }) => {
    const tensors = tf.memory().numTensors;
    const refused = policy.generate(prompts, { maxNewTokens: 12, random: createRandom(1), ...options });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

const compiler = createCompile();

// Neither is `interpret` itself, so that the steps run as they are recorded, or as they are compiled.
describe.each<[string, Compile]>([
  ["as it is recorded", (fn) => fn],
  ["compiled", (fn, hints) => compiler(fn, hints)],
])("a compiled policy, %s", (_name, compile) => {
  const options = { temperature: 0.8, stopTokens: [3, 4], minNewTokens: 2, bannedTokens: [5] };
  const policy = createTextPolicy(tinyTransformer(), options);
  const compiled = createTextPolicy(tinyTransformer(), { ...options, compile });

  it("is steered by its guide too, also by values that changed since it was recorded", async () => {
    const weight = tf.variable(tf.scalar(0));
    const steered: LogitsGuide = (inputs) =>
      tf.tidy(() => tf.add(inputs.logits, tf.mul(guide(inputs), weight)));
    const settings = { temperature: 0.7, guide: steered };
    const [alone, guided] = [
      createTextPolicy(tinyTransformer(), settings),
      createTextPolicy(tinyTransformer(), { ...settings, compile }),
    ];
    for (const strength of [0, 1.5]) {
      weight.assign(tf.scalar(strength));
      const generation = await guided.generate(raggedPrompts, { maxNewTokens: 9, random: createRandom(2) });
      expect(gap(alone, generation)).toBeLessThan(1e-4);
    }
    for (const part of [alone, guided, weight]) part.dispose();
  });

  it("writes and scores as one that is not", async () => {
    for (const choice of [{ greedy: true }, {}, { topK: 3 }]) {
      const write = (actor: TextPolicy) =>
        actor.generate(raggedPrompts, { maxNewTokens: 9, random: createRandom(4), ...choice });
      const [expected, actual] = [await write(policy), await write(compiled)];
      expect(actual.responses).toEqual(expected.responses);
      actual.logProbs.forEach((row, b) => {
        expect(row).toBeAllClose(expected.logProbs[b] as Float32Array, { rtol: 1e-4, atol: 1e-5 });
      });
    }
  });
  it("writes what it writes alone, watched or not, however many tokens and rows there are", async () => {
    const random = () => createRandom(11);
    const long = [...raggedPrompts, [1, 2, 3, 4, 5, 6, 7, 8, 9], [4]];
    for (const maxNewTokens of [1, 8, 13]) {
      const watched: number[][] = [];
      const onStep = ({ index, tokens }: { index: number; tokens: Int32Array }) => {
        watched[index] = Array.from(tokens);
      };
      const expected = await policy.generate(long, { maxNewTokens, random: random() });
      const actual = await compiled.generate(long, { maxNewTokens, random: random() });
      const seen = await compiled.generate(long, { maxNewTokens, random: random(), onStep });
      expect(actual.responses).toEqual(expected.responses);
      expect(actual.finished).toEqual(expected.finished);
      expect(seen.responses).toEqual(expected.responses);
      const rows = long.map((_, row) => watched.map((tokens) => tokens[row]!).filter((token) => token >= 0));
      expect(rows).toEqual(expected.responses.map((response) => Array.from(response)));
    }
  });
  it("writes up to the end of the context", async () => {
    const prompts = [[1, 2, 3], Array.from({ length: 13 }, (_, i) => i)];
    const write = (actor: TextPolicy) =>
      actor.generate(prompts, { maxNewTokens: tinyConfig.contextLength - 13, random: createRandom(2) });
    expect((await write(compiled)).responses).toEqual((await write(policy)).responses);
  });
  it("makes no new shapes of prompts and rows that differ by a little", async () => {
    const shapes = new Set<string>();
    const compile: Compile = (fn, hints) =>
      ((...inputs: tf.Tensor[]) => {
        shapes.add(`${hints?.name} ${inputs.map(({ shape }) => `[${shape}]`).join()}`);
        return fn(...inputs);
      }) as typeof fn;
    const actor = createTextPolicy(tinyTransformer(), { ...options, compile });
    for (const prompts of [[[1]], raggedPrompts, [[1, 2, 3, 4, 5, 6, 7, 8], [2], [3], [4]]]) {
      for (const maxNewTokens of [9, 12, 16]) {
        await actor.generate(prompts, { maxNewTokens, random: createRandom(1) });
      }
    }
    expect([...shapes].map((shape) => shape.split(" ")[0])).toEqual([
      "policy.readPrompts",
      "policy.writeTokens",
    ]);
    actor.dispose();
  });
  it("leaks nothing", async () => {
    const write = async () => {
      await compiled.generate(raggedPrompts, { maxNewTokens: 5, random: createRandom(1) });
      await compiled.generate(raggedPrompts, { maxNewTokens: 17, random: createRandom(1) });
    };
    await write();
    await expectNoLeak(write);
  });
});

describe("createTextPolicy.evaluate", () => {
  const policy = createTextPolicy(tinyTransformer(), { stopTokens: [3], minNewTokens: 2, temperature: 0.8 });
  const responses = [
    [6, 2, 10],
    [1, 12, 3],
    [9, 9, 9],
  ];
  const batch = textBatch(raggedPrompts, responses);

  it("is a distribution whose stop token is impossible at first", () => {
    const { distribution, logProbs, entropy } = policy.evaluate(batch, { distribution: true, entropy: true });
    const probabilities = tf.exp(distribution as tf.Tensor3D);
    expect(tf.sum(probabilities, 2)).toBeAllClose(tf.ones([3, 3]), { rtol: 1e-4 });
    const stop = tf.squeeze(tf.slice(probabilities, [0, 0, 3], [3, 3, 1]), [2]).arraySync() as number[][];
    for (const row of stop) {
      expect(row.slice(0, 2)).toEqual([0, 0]);
      expect(row[2]).toBeGreaterThan(0);
    }
    const all = (distribution as tf.Tensor3D).arraySync();
    const chosen = responses.map((row, b) => row.map((token, t) => all[b]?.[t]?.[token] as number));
    expect(logProbs).toBeAllClose(chosen, { rtol: 1e-4, atol: 1e-5 });
    const sums = tf.neg(tf.sum(tf.mul(probabilities, distribution as tf.Tensor3D), 2));
    expect(entropy as tf.Tensor).toBeAllClose(sums, { rtol: 1e-4, atol: 1e-5 });
  });
  it("is what its guide makes of the model's logits, before temperature and bans", () => {
    const model = tinyTransformer();
    const batch = textBatch(raggedPrompts, raggedPrompts);
    const options = { temperature: 0.8, bannedTokens: [5] };
    const distribution = (policy: TextPolicy) => policy.evaluate(batch, { distribution: true }).distribution!;
    const plain = distribution(createTextPolicy(model, options));
    expect(distribution(createTextPolicy(model, { ...options, guide: ({ logits }) => logits }))).toBeAllClose(
      plain,
      { rtol: 1e-4, atol: 1e-5 },
    );
    const seven = tf.mul(tf.oneHot(7, model.vocabularySize), 0.8 * Math.log(3)); // 3 times as likely
    const steered = createTextPolicy(model, { ...options, guide: ({ logits }) => tf.add(logits, seven) });
    for (const policy of [steered, steered.clone()]) {
      const odds = tf.sub(distribution(policy), plain).arraySync() as number[][][];
      for (const row of odds.flat()) {
        expect(row[7]! - row[0]!).toBeCloseTo(Math.log(3), 4);
        expect(row[6]! - row[0]!).toBeCloseTo(0, 4);
      }
    }
  });

  it("divides the logits by the temperature", () => {
    const model = tinyTransformer();
    const logits = tf.slice(
      model.logits(model.hidden(batch.observations.tokenIds, batch.observations.tokenMask)),
      [0, 4, 0],
      [-1, 3, -1],
    );
    const { distribution } = createTextPolicy(model, { temperature: 2 }).evaluate(batch, {
      distribution: true,
    });
    expect(distribution as tf.Tensor).toBeAllClose(tf.logSoftmax(tf.div(logits, 2)), {
      rtol: 1e-4,
      atol: 1e-4,
    });
  });
  it("does not change with more padding, or another order of rows", () => {
    const { logProbs } = policy.evaluate(batch);
    expect(policy.evaluate(textBatch(raggedPrompts, responses, 3)).logProbs).toBeAllClose(logProbs, {
      rtol: 1e-4,
      atol: 1e-5,
    });
    const reversed = textBatch([...raggedPrompts].reverse(), [...responses].reverse());
    expect(policy.evaluate(reversed).logProbs).toBeAllClose(tf.reverse(logProbs, 0), {
      rtol: 1e-4,
      atol: 1e-5,
    });
  });
  it("leaks nothing, with and without gradients", async () => {
    await expectNoLeak(() => ({ ...policy.evaluate(batch, { entropy: true, distribution: true }) }));
    await expectNoLeak(() =>
      valueAndGradients(
        () => ({ loss: tf.sum(policy.evaluate(batch).logProbs) as tf.Scalar }),
        policy.parameters,
      ),
    );
  });
  it("has finite gradients also at a token that is impossible", () => {
    const impossible = textBatch(raggedPrompts, [[3], [3], [3]]);
    const { gradients } = valueAndGradients(
      () => ({ loss: tf.sum(policy.evaluate(impossible).logProbs) as tf.Scalar }),
      policy.parameters,
    );
    for (const gradient of Object.values(gradients))
      expect(tf.all(tf.isFinite(gradient)).dataSync()[0]).toBe(1);
  });
  it("refuses a batch without a prompt, and one beyond the context", () => {
    const { observations } = batch;
    expect(() => policy.evaluate({ observations, actions: observations.tokenIds })).toThrow(
      "at least one prompt token",
    );
    const long = textBatch([Array(20).fill(1)], [Array(6).fill(1)]);
    expect(() => policy.evaluate(long)).toThrow("at most contextLength = 24");
  });
  it.each([
    { options: { temperature: 0 }, message: "temperature is 0" },
    { options: { minNewTokens: -1 }, message: "minNewTokens is -1" },
    { options: { stopTokens: [13] }, message: "stopTokens holds 13" },
    { options: { bannedTokens: [-1] }, message: "bannedTokens holds -1" },
    { options: { bannedTokens: all }, message: "bannedTokens holds all 13 tokens" },
    {
      options: { bannedTokens: all.slice(2), stopTokens: [0, 1, 2], minNewTokens: 4 },
      message: "all 2 tokens that bannedTokens leaves are stopTokens, which minNewTokens of 4 forbids",
    },
    { options: { stopTokens: all, minNewTokens: 1 }, message: "so no token is left" },
  ])("refuses options out of range: $message", ({ options, message }) => {
    expect(() => createTextPolicy(policy.model, options)).toThrow(message);
  });
});

describe("where options leave one token", () => {
  it.each([
    { bannedTokens: all.slice(1), stopTokens: [0] },
    { bannedTokens: all.slice(2), stopTokens: [0], minNewTokens: 4 },
    { stopTokens: all.slice(0, 12), minNewTokens: 4 },
  ])("writes it, and scores it with probability 1: %o", async (options) => {
    const policy = createTextPolicy(tinyTransformer(), options);
    const generation = await policy.generate(raggedPrompts, { maxNewTokens: 3, random: createRandom(1) });
    const only = options.minNewTokens === undefined ? 0 : options.bannedTokens ? 1 : 12;
    for (const tokens of generation.responses) for (const token of tokens) expect(token).toBe(only);
    for (const logProbs of generation.logProbs)
      for (const logProb of logProbs) expect(logProb).toBeCloseTo(0, 6);
    expect(gap(policy, generation)).toBeLessThan(1e-6);
    policy.dispose();
  });
});

describe("a guide that leaves no token", () => {
  const nothing: LogitsGuide = ({ logits }) => tf.fill(logits.shape, Number.NEGATIVE_INFINITY);
  it.each([{}, { compile: createCompile() }])("ends in an error of its own", async ({ compile }) => {
    const policy = createTextPolicy(tinyTransformer(), { guide: nothing, ...(compile && { compile }) });
    for (const sampling of [{}, { greedy: true }, { topK: 3 }, { topP: 0.5 }]) {
      await expect(
        policy.generate(raggedPrompts, { maxNewTokens: 3, random: createRandom(1), ...sampling }),
      ).rejects.toThrow(
        "generate: the log-probability of token 0 after prompt 0 is NaN, expected a finite number. No token is left",
      );
    }
    policy.dispose();
  });
});

describe("the life of a policy", () => {
  const options = { maxNewTokens: 6, random: createRandom(1) };
  const change = (policy: TextPolicy) => {
    const norm = policy.parameters.norm as tf.Variable;
    norm.assign(tf.mul(norm, 1.5));
  };
  it("does not take the recording of a compiled call for an update", async () => {
    const policy = createTextPolicy(tinyTransformer(), { compile: createCompile() });
    const reference = policy.clone();
    const version = async () => (await policy.generate([[1]], options)).policyVersion;
    expect([await version(), await version()]).toEqual([0, 0]);
    change(policy);
    expect([await version(), await version()]).toEqual([1, 1]);
    reference.dispose();
    policy.dispose();
  });
  it("counts the updates that it is sampled after", async () => {
    const policy = createTextPolicy(tinyTransformer());
    const version = async () => (await policy.generate([[1]], options)).policyVersion;
    expect(await version()).toBe(0);
    expect(await version()).toBe(0);
    change(policy);
    expect(await version()).toBe(1);
    const state = await policy.state();
    const other = createTextPolicy(tinyTransformer({ seed: 2 }));
    other.restore(state);
    expect((await other.generate([[1]], options)).policyVersion).toBe(1);
    const batch = textBatch(raggedPrompts, [[1], [2], [3]]);
    expect(other.evaluate(batch).logProbs).toBeAllClose(policy.evaluate(batch).logProbs, {
      rtol: 0,
      atol: 0,
    });
  });
  it("refuses the state of another part, and of another size", async () => {
    const policy = createTextPolicy(tinyTransformer());
    const before = await policy.state();
    expect(() => policy.restore({ tensors: {}, json: null })).toThrow("no policyVersion");
    const other = await createTextPolicy(tinyTransformer({ width: 8 })).state();
    expect(() => policy.restore(other)).toThrow("Transformer.restore");
    expect(await policy.state()).toEqual(before);
  });
  it("clones without sharing what is learned, and frees everything", async () => {
    const policy = createTextPolicy(tinyTransformer(), { temperature: 0.5 });
    const copy = policy.clone();
    expect(copy.temperature).toBe(0.5);
    const batch = textBatch(raggedPrompts, [[1], [2], [3]]);
    const original = policy.evaluate(batch).logProbs;
    tf.tidy(() => change(policy));
    const kept = copy.evaluate(batch).logProbs;
    expect(kept).toBeAllClose(original, { rtol: 0, atol: 0 });
    expect(policy.evaluate(batch).logProbs.arraySync()).not.toEqual(kept.arraySync());
    policy.dispose();
    const again = copy.evaluate(batch).logProbs;
    expect(again).toBeAllClose(original, { rtol: 0, atol: 0 });
    copy.dispose();
    await expectNoLeak(() => {
      const policy = createTextPolicy(tinyTransformer());
      const copy = policy.clone();
      for (const part of [policy, copy]) part.dispose();
    });
  });
});
