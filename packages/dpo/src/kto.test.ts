import { InvalidArgumentError, type State } from "@accord-rl/core";
import { adam, sgd } from "@accord-rl/learning";
import { createCompile, createTabularPolicy, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import { createKto, ktoLoss, type PreferenceOptions, type RatedResponse } from "./index.ts";
import { createPolicy, layOut } from "./test-language.ts";
import { disposeParts, later } from "./test-parts.ts";

afterEach(disposeParts);

const examples: RatedResponse[] = [
  { tokens: [5, 0, 1], completionStart: 1, desirable: true, weight: 2 },
  { tokens: [5, 5, 1], completionStart: 2, desirable: false },
  { tokens: [5, 1, 1], completionStart: 1, desirable: 0.3 },
  { tokens: [5, 0], completionStart: 1, desirable: true },
  { tokens: [5, 1, 0], completionStart: 1, desirable: false, weight: 0 },
];

const build = (options: Partial<PreferenceOptions> = {}, compile?: ReturnType<typeof createCompile>) => {
  const policy = later(
    createPolicy([
      [0.4, 0.6],
      [0.3, 0.7],
      [0.8, 0.2],
    ]),
  );
  const reference = later(createPolicy());
  const optimizer = adam({ learningRate: 0.05 });
  const loss = ktoLoss({ beta: 0.5, desirableWeight: 1.2 });
  const common = { policy, reference, loss, optimizer, layOut, options };
  return { policy, kto: later(createKto(compile ? { ...common, compile } : common)) };
};
const run = async ({ kto }: ReturnType<typeof build>, updates: number) => {
  const log = [];
  for (let update = 0; update < updates; update++) log.push(await kto.update(examples));
  return log;
};

test("the numbers it logs, by hand: z from mismatched pairs, no KL below 0", async () => {
  // π(1) = .6, π_ref(1) = .5: h = .182322 for response 1 and −.223144 for response 0.
  const policy = later(createTabularPolicy([[Math.log(0.4), Math.log(0.6)]]));
  const reference = later(createTabularPolicy([[0, 0]]));
  const optimizer = sgd({ learningRate: 1e-9 });
  const loss = ktoLoss({ beta: 1 });
  const kto = later(createKto({ policy, reference, loss, optimizer, layOut }));
  const good = { tokens: [9, 1], completionStart: 1, desirable: true };
  const bad = { tokens: [9, 0], completionStart: 1, desirable: false };
  // Two of three responses are 1: z = (2·.182322 − .223144)/3 = .047167.
  const z = 0.047167;
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  expect(await kto.update([good, good, bad])).toMatchObject({
    klNats: expect.closeTo(z, 5),
    loss: expect.closeTo((2 * sigmoid(z - 0.182322) + sigmoid(-0.223144 - z)) / 3, 5),
    desirableReward: expect.closeTo(0.182322, 5),
    undesirableReward: expect.closeTo(-0.223144, 5),
    margin: expect.closeTo(0.405465, 5),
  });
  expect((await kto.update([good, bad])).klNats).toBe(0);
  expect(await kto.update([good, good])).toMatchObject({
    undesirableReward: 0,
    klNats: expect.closeTo(0.182322, 5),
  });
});

test("z is a mean over pairs, which the examples' weights do not change", async () => {
  // As above: responses 1, 1, 0 give z = (2·.182322 − .223144)/3; the weights are those of the losses alone.
  const policy = later(createTabularPolicy([[Math.log(0.4), Math.log(0.6)]]));
  const reference = later(createTabularPolicy([[0, 0]]));
  const optimizer = sgd({ learningRate: 1e-9 });
  const kto = later(createKto({ policy, reference, loss: ktoLoss({ beta: 1 }), optimizer, layOut }));
  const rated = (token: number, weight: number) => ({
    tokens: [9, token],
    completionStart: 1,
    desirable: token === 1,
    weight,
  });
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const z = 0.047167;
  for (const microBatchSize of [undefined, 2]) {
    const options = microBatchSize === undefined ? {} : { microBatchSize };
    const learner =
      microBatchSize === undefined
        ? kto
        : later(createKto({ policy, reference, loss: ktoLoss({ beta: 1 }), optimizer, layOut, options }));
    expect(await learner.update([rated(1, 3), rated(1, 1), rated(0, 4)])).toMatchObject({
      klNats: expect.closeTo(z, 5),
      loss: expect.closeTo((4 * sigmoid(z - 0.182322) + 4 * sigmoid(-0.223144 - z)) / 8, 5),
    });
  }
});

test("a mismatched pair is a prompt with the response to the next one", async () => {
  const seen: number[][][] = [];
  const [policy, reference] = [later(createPolicy()), later(createPolicy())];
  const spy: typeof layOut = (texts) => {
    seen.push(texts.map(({ tokens }) => Array.from(tokens)));
    return layOut(texts);
  };
  const optimizer = sgd({ learningRate: 0.1 });
  const kto = later(createKto({ policy, reference, optimizer, layOut: spy }));
  await kto.update(examples.slice(0, 3));
  expect(seen).toEqual([
    [
      [5, 1],
      [5, 5, 1, 1],
      [5, 0, 1],
    ],
    [
      [5, 0, 1],
      [5, 5, 1],
      [5, 1, 1],
    ],
  ]);
});

test("the size of micro-batches changes nothing, nor does compiling", async () => {
  const plain = build();
  const expected = await run(plain, 3);
  for (const other of [build({ microBatchSize: 2 }), build({}, createCompile())]) {
    for (const [i, stats] of (await run(other, 3)).entries())
      expect(Object.values(stats)).toBeAllClose(Object.values(expected[i]!), { atol: 5e-6 });
    expect(await other.policy.probabilities()).toBeAllClose(await plain.policy.probabilities(), {
      atol: 5e-6,
    });
  }
});

test("restored into a fresh one it continues bit for bit; nothing is left behind", async () => {
  const original = build();
  await run(original, 2);
  const saved = structuredClone(await original.kto.state()) as State;
  const resumed = build();
  resumed.kto.restore(saved);
  expect(await run(resumed, 3)).toEqual(await run(original, 3));
  expect(await resumed.kto.state()).toEqual(await original.kto.state());
  await expectNoLeak(async () => {
    await run(original, 2);
  });
});

test("learns what is desirable; with the labels the wrong way round it unlearns it", async () => {
  const shareOf = async (isFlipped: boolean) => {
    const policy = later(createPolicy([[0.5, 0.5]]));
    const optimizer = adam({ learningRate: 0.05 });
    const kto = later(createKto({ policy, reference: later(policy.clone()), optimizer, layOut }));
    const data = [0, 1].map((token) => ({
      tokens: [5, token],
      completionStart: 1,
      desirable: (token === 1) !== isFlipped,
    }));
    for (let update = 0; update < 20; update++) await kto.update(data);
    return (await policy.probabilities())[0]![1]!;
  };
  expect(await shareOf(false)).toBeGreaterThan(0.75);
  expect(await shareOf(true)).toBeLessThan(0.25);
});

test("refuses a regularizer, a missing reference, and batches that can't be learned from", async () => {
  const [policy, reference] = [later(createPolicy()), later(createPolicy())];
  const common = { policy, optimizer: sgd({ learningRate: 0.1 }), layOut };
  // @ts-expect-error KTO compares with a reference
  expect(() => createKto(common)).toThrow(/ktoLoss compares the policy with a reference/);
  const withRegularizer = { ...common, reference, regularizer: { name: "k1" } };
  // @ts-expect-error KTO holds its own β
  expect(() => createKto(withRegularizer)).toThrow(/leave the regularizer out/);
  expect(() => createKto({ ...common, reference, options: { promptLength: 0.5 } })).toThrow(
    /promptLength is 0.5/,
  );
  const kto = later(createKto({ ...common, reference }));
  const [example] = examples as [RatedResponse];
  const cases: [RatedResponse[], RegExp][] = [
    [[example], /batch.length is 1, expected a finite number of at least 2/],
    [[example, { ...example, desirable: 1.5 }], /batch\[1\].desirable is 1.5/],
    [[example, example].map((one) => ({ ...one, weight: 0 })), /total weight 0/],
  ];
  const [before, tensors] = [await kto.state(), tf.memory().numTensors];
  for (const [batch, message] of cases) {
    const error: unknown = await kto.update(batch).catch((e) => e);
    expect(InvalidArgumentError.isInstance(error), String(error)).toBe(true);
    expect(String(error)).toMatch(message);
  }
  expect(tf.memory().numTensors).toBe(tensors);
  expect(await kto.state()).toEqual(before);
});
