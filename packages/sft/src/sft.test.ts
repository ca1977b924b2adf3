import {
  type Compile,
  InvalidArgumentError,
  NonFiniteError,
  type State,
  type TextBatch,
} from "@accord-rl/core";
import { adam, sgd } from "@accord-rl/learning";
import { climbing, createBigram, createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/sft.json" with { type: "json" };
import { createSft, type SftParts } from "./index.ts";

const examples: TextBatch = golden.inputs.examples;

const build = ({ optimizer = sgd({ learningRate: 0.3 }), ...parts }: Partial<SftParts> = {}) => {
  const model = createBigram(golden.inputs.embedding, golden.inputs.head);
  const sft = createSft({ model, optimizer, ...parts });
  const tables = () => Object.values(model.parameters).map((variable) => variable.arraySync());
  return { model, sft, tables };
};

describe("an update agrees with PyTorch", () => {
  test.each(golden.updates)("smoothing $labelSmoothing", async (expected) => {
    const { labelSmoothing, learningRate } = expected;
    const { sft, model } = build({ optimizer: sgd({ learningRate }), options: { labelSmoothing } });
    const stats = await sft.update(examples);
    expect(stats.loss).toBeAllClose(expected.loss);
    expect(stats.perplexity).toBeAllClose(Math.exp(expected.nll));
    expect(stats.gradientNorm).toBeAllClose(expected.gradientNorm);
    expect(stats.tokens).toBe(6);
    expect(stats.learningRate).toBe(learningRate);
    expect(model.parameters.embedding!).toBeAllClose(expected.embedding);
    expect(model.parameters.head!).toBeAllClose(expected.head);
  });
});

test("evaluate gives the loss without smoothing, and changes nothing", async () => {
  const { sft, tables } = build({ options: { labelSmoothing: 0.2 } });
  const before = tables();
  const { loss, perplexity, tokens } = await sft.evaluate(examples);
  expect(loss).toBeAllClose(golden.updates[0]!.nll);
  expect(perplexity).toBeAllClose(Math.exp(golden.updates[0]!.nll));
  expect(tokens).toBe(6);
  expect(tables()).toEqual(before);
});

describe("what must not matter", () => {
  test.each([1, 4, 8, 100])("micro-batches of %d tokens", async (microBatchTokens) => {
    const whole = build();
    const cut = build({ options: { microBatchTokens } });
    const stats = await whole.sft.update(examples);
    const cutStats = await cut.sft.update(examples);
    for (const name of Object.keys(stats)) expect(cutStats[name]!, name).toBeAllClose(stats[name]!);
    cut.tables().forEach((table, i) => {
      expect(table as number[][]).toBeAllClose(whole.tables()[i] as number[][], { rtol: 1e-6 });
    });
    expect((await cut.sft.evaluate(examples)).loss).toBeAllClose((await whole.sft.evaluate(examples)).loss!);
  });

  test.each([
    ["the backend's own", () => createCompile()],
    ["another", (): Compile => (fn) => ((...inputs) => fn(...inputs)) as typeof fn],
  ])("compiling: %s", async (_, makeCompile) => {
    const plain = build();
    const compiled = build({ compile: makeCompile() });
    const some: TextBatch = [{ tokens: [1, 2, 3, 4], completionStart: 2 }];
    for (const batch of [examples, some, examples]) {
      const [expected, stats] = [await plain.sft.update(batch), await compiled.sft.update(batch)];
      for (const name of Object.keys(expected)) expect(stats[name]!, name).toBeAllClose(expected[name]!);
      expect((await compiled.sft.evaluate(batch)).loss).toBeAllClose((await plain.sft.evaluate(batch)).loss!);
    }
    compiled.tables().forEach((table, i) => {
      expect(table as number[][]).toBeAllClose(plain.tables()[i] as number[][]);
    });
  });

  test("one text whose turns are masked, or one text per turn", async () => {
    const [masked, apart] = [build(), build()];
    const tokens = [1, 2, 3, 4, 5];
    await masked.sft.update([{ tokens, completionStart: 0, mask: [0, 1, 0, 0, 1] }]);
    // A bigram sees the last token alone: the turns are [1, 2] and [4, 5].
    await apart.sft.update([
      { tokens: [1, 2], completionStart: 1 },
      { tokens: [4, 5], completionStart: 1 },
    ]);
    masked.tables().forEach((table, i) => {
      expect(table as number[][]).toBeAllClose(apart.tables()[i] as number[][]);
    });
  });

  test("the order of the examples", async () => {
    const [one, other] = [build(), build()];
    await one.sft.update(examples);
    await other.sft.update([...examples].reverse());
    other.tables().forEach((table, i) => {
      expect(table as number[][]).toBeAllClose(one.tables()[i] as number[][]);
    });
  });

  test("what comes before the completion, but for what it predicts from", async () => {
    const [one, other] = [build(), build()];
    // A bigram sees the last token of the prompt alone.
    await one.sft.update([{ tokens: [1, 2, 3, 4], completionStart: 2 }]);
    await other.sft.update([{ tokens: [6, 2, 3, 4], completionStart: 2 }]);
    expect(other.tables()).toEqual(one.tables());
  });
});

test.each([
  ["descending", 1],
  ["ascending", -1],
])("learns a cycle when %s: only then", async (_, sign) => {
  const optimizer = adam({ learningRate: 0.1 });
  const { sft } = build({ optimizer: sign === 1 ? optimizer : climbing(optimizer) });
  const cycle = [{ tokens: [0, 1, 2, 3, 4, 5, 6, 0], completionStart: 0 }];
  for (let step = 0; step < 40; step++) await sft.update(cycle);
  const { perplexity } = await sft.evaluate(cycle);
  if (sign === 1) expect(perplexity).toBeLessThan(1.05);
  else expect(perplexity).toBeGreaterThan(7);
});

test("restored into a fresh one, it continues bit for bit", async () => {
  const original = build({ optimizer: adam({ learningRate: 0.1 }) });
  await original.sft.update(examples);
  const saved = structuredClone(await original.sft.state()) as State;
  const resumed = build({ optimizer: adam({ learningRate: 0.1 }) });
  resumed.sft.restore(saved);
  expect(await resumed.sft.update(examples)).toEqual(await original.sft.update(examples));
  expect(resumed.tables()).toEqual(original.tables());
  expect(await resumed.sft.state()).toEqual(await original.sft.state());
});

test.each<[string, (state: State) => State]>([
  [
    "of another optimizer",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), optimizer: null } }),
  ],
  [
    "of another model",
    ({ tensors, json }) => ({
      json,
      tensors: { ...tensors, "model/head": tensors["model/embedding"]!, "model/x": tensors["model/head"]! },
    }),
  ],
  [
    "with a damaged counter",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), sft: { updates: 0.5 } } }),
  ],
  ["of nothing", () => ({ tensors: {}, json: null })],
])("a state %s is refused and changes nothing", async (_, damage) => {
  const other = build({ optimizer: adam({ learningRate: 0.1 }) });
  await other.sft.update(examples);
  const { sft } = build({ optimizer: adam({ learningRate: 0.1 }) });
  const damaged = damage(await other.sft.state());
  const [before, tensors] = [await sft.state(), tf.memory().numTensors];
  expect(() => sft.restore(damaged)).toThrow(InvalidArgumentError);
  expect(await sft.state()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
});

test.each<[string, TextBatch, RegExp]>([
  ["nothing", [], /0 examples with total weight 0/],
  ["no weight", [{ tokens: [1, 2], completionStart: 0, weight: 0 }], /total weight 0/],
  ["one token", [{ tokens: [1], completionStart: 0 }], /example 0 has 1 tokens/],
  ["no completion", [examples[0]!, { tokens: [1, 2], completionStart: 2 }], /example 1 has 2 tokens/],
  [
    "a mask of zeros",
    [{ tokens: [1, 2], completionStart: 0, mask: [1, 0] }],
    /after the first, whose mask is 1/,
  ],
  ["a short mask", [{ tokens: [1, 2], completionStart: 0, mask: [1] }], /a mask of 1, expected as many/],
  ["half a mask", [{ tokens: [1, 2], completionStart: 0, mask: [1, 0.5] }], /each of them 0 or 1/],
  ["half a start", [{ tokens: [1, 2, 3], completionStart: 1.5 }], /completionStart 1.5/],
  ["a long text", [{ tokens: new Array(10).fill(1), completionStart: 0 }], /10 tokens, expected at most 9/],
  ["a strange token", [{ tokens: [1, 7], completionStart: 0 }], /token id 7, expected integers from 0 to 6/],
  ["a negative weight", [{ tokens: [1, 2], completionStart: 0, weight: -1 }], /weight -1/],
])("refuses %s", async (_, batch, message) => {
  const { sft } = build();
  for (const call of [sft.update, sft.evaluate]) {
    const error: unknown = await call(batch).catch((e) => e);
    expect(InvalidArgumentError.isInstance(error) && error.message).toMatch(message);
  }
});

test.each([
  { microBatchTokens: 0 },
  { microBatchTokens: 1.5 },
  { labelSmoothing: 1 },
  { labelSmoothing: -0.1 },
  { epochs: 3 },
])("refuses the options %j when built", (options) => {
  expect(() => build({ options })).toThrow(InvalidArgumentError);
});

test("a loss that is not finite stops before it spreads", async () => {
  const { sft, model } = build();
  model.parameters.head!.assign(tf.fill([7, 5], Number.NaN));
  const before = await model.parameters.embedding!.array();
  const error: unknown = await sft.update(examples).catch((e) => e);
  expect(NonFiniteError.isInstance(error), String(error)).toBe(true);
  expect(await model.parameters.embedding!.array()).toEqual(before);
});

test("leaves no tensor behind", async () => {
  const { sft } = build({ options: { microBatchTokens: 4, labelSmoothing: 0.1 } });
  await expectNoLeak(() => sft.update(examples));
  await expectNoLeak(() => sft.evaluate(examples));
  const before = tf.memory().numTensors;
  const { sft: other, model } = build({ optimizer: adam({ learningRate: 1 }) });
  other.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
