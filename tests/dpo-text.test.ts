/** Losses from preferences with the real parts: a small Llama, prompts of different lengths, padding. */
import { createRandom, type PreferencePair, type State } from "@accord-rl/core";
import {
  createDpo,
  createKto,
  dpoLoss,
  ipoLoss,
  orpoLoss,
  precomputeReference,
  type RatedResponse,
  simPoLoss,
} from "@accord-rl/dpo";
import { createTextPolicy, createTransformer, type TextPolicy } from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import { afterEach, describe, expect, test } from "vitest";
import { config } from "./small-language.ts";

const pairs: PreferencePair[] = [
  { preferred: [0, 5, 7, 7, 1], rejected: [0, 5, 8, 1], completionStart: 2 },
  { preferred: [0, 3, 4, 5, 7, 1], rejected: [0, 3, 4, 5, 8, 8, 8, 1], completionStart: 4, probability: 0.8 },
  { preferred: [0, 7], rejected: [0, 8], completionStart: 1, weight: 0.5 },
];
const rated: RatedResponse[] = pairs.flatMap(({ preferred, rejected, completionStart = 0 }) => [
  { tokens: preferred, completionStart, desirable: true },
  { tokens: rejected, completionStart, desirable: false },
]);

const parts: { dispose(): void }[] = [];
const later = <T extends { dispose(): void }>(part: T): T => {
  parts.push(part);
  return part;
};
afterEach(() => {
  for (const part of parts.splice(0)) part.dispose();
});

const createPolicy = () =>
  later(createTextPolicy(createTransformer(config, createRandom(1)), { temperature: 0.8 }));

type Build = (common: { policy: TextPolicy; compile?: ReturnType<typeof createCompile>; size?: number }) => {
  update(): Promise<Readonly<Record<string, number>>>;
  state(): Promise<State>;
  restore(state: State): void;
};
const optimizer = adam({ learningRate: 0.01, maxGradientNorm: 1 });
const settings = ({ policy, compile, size }: Parameters<Build>[0]) => ({
  policy,
  optimizer,
  ...(compile && { compile }),
  options: { microBatchSize: size ?? null },
});
const onPairs = (learner: ReturnType<typeof createDpo>) => ({
  ...later(learner),
  update: () => learner.update(pairs),
});
const learners: [string, Build][] = [
  ["DPO", (given) => onPairs(createDpo({ ...settings(given), reference: createPolicy(), loss: dpoLoss() }))],
  ["IPO", (given) => onPairs(createDpo({ ...settings(given), reference: createPolicy(), loss: ipoLoss() }))],
  ["SimPO", (given) => onPairs(createDpo({ ...settings(given), loss: simPoLoss() }))],
  ["ORPO", (given) => onPairs(createDpo({ ...settings(given), loss: orpoLoss() }))],
  [
    "KTO",
    (given) => {
      const learner = later(createKto({ ...settings(given), reference: createPolicy() }));
      return { ...learner, update: () => learner.update(rated) };
    },
  ],
];

describe.each(learners)("%s on texts", (_, build) => {
  test("learns to tell the responses apart, in micro-batches and compiled alike", async () => {
    const log = async (more: { compile?: ReturnType<typeof createCompile>; size?: number }) => {
      const learner = build({ policy: createPolicy(), ...more });
      const all = [];
      for (let update = 0; update < 6; update++) all.push(await learner.update());
      return all;
    };
    const plain = await log({});
    expect(plain.at(-1)!.margin).toBeGreaterThan(plain[0]!.margin! + 0.01);
    expect(plain.at(-1)!.loss).toBeLessThan(plain[0]!.loss!);
    for (const other of [await log({ size: 2 }), await log({ compile: createCompile() })]) {
      for (const [i, stats] of other.entries()) {
        // Six steps of Adam on float32 sums in another order.
        expect(Object.values(stats)).toBeAllClose(Object.values(plain[i]!), { rtol: 2e-3, atol: 1e-4 });
      }
    }
  });

  test("continues bit for bit, and leaves nothing behind", async () => {
    const [original, resumed] = [build({ policy: createPolicy() }), build({ policy: createPolicy() })];
    await original.update();
    resumed.restore(structuredClone(await original.state()));
    expect(await resumed.update()).toEqual(await original.update());
    expect(await resumed.state()).toEqual(await original.state());
    await expectNoLeak(async () => {
      await original.update();
    });
  });
});

test("a policy that is its reference has rewards of 0; padding and a reference beforehand change nothing", async () => {
  const loss = dpoLoss();
  const policy = createPolicy();
  const dpo = later(createDpo({ policy, reference: policy, loss, optimizer }));
  const stats = await dpo.update(pairs);
  expect([stats.margin, stats.preferredReward]).toBeAllClose([0, 0]);
  expect(stats.loss).toBeCloseTo(Math.LN2, 6);

  const reference = createPolicy();
  const plain = later(createDpo({ policy: createPolicy(), reference, loss, optimizer }));
  const padded = later(
    createDpo({
      policy: createPolicy(),
      reference: await precomputeReference({ reference, pairs, options: { microBatchSize: 2 } }),
      loss,
      optimizer,
      options: { promptLength: 8, responseLength: 7 },
    }),
  );
  for (let update = 0; update < 3; update++) {
    const expected = Object.values(await plain.update(pairs));
    expect(Object.values(await padded.update(pairs))).toBeAllClose(expected, { rtol: 1e-3, atol: 1e-5 });
  }
});
