import type { PreferencePair, State } from "@accord-rl/core";
import { adam, type OptimizerFactory, sgd } from "@accord-rl/learning";
import { climbing, createCompile, createTabularPolicy, expectNoLeak } from "@accord-rl/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createDpo, dpoLoss, precomputeReference } from "./index.ts";
import { createPolicy, exactPairs, layOut } from "./test-language.ts";
import { build, disposeParts, later, losses, names, pairs, run } from "./test-parts.ts";

afterEach(disposeParts);

describe.each(names)("%s", (name) => {
  test("the size of micro-batches changes nothing; examples without weight take no part", async () => {
    const whole = build(name);
    const parted = build(name, { options: { microBatchSize: 2 } });
    const dropped = build(name);
    const [one, two] = [await run(whole.dpo, 3), await run(parted.dpo, 3)];
    const three = [];
    for (let update = 0; update < 3; update++) three.push(await dropped.dpo.update(pairs.slice(0, 4)));
    for (const [i, stats] of one.entries()) {
      expect(Object.values(two[i]!)).toBeAllClose(Object.values(stats));
      const { accuracy: _, ...rest } = stats;
      const { accuracy: __, ...others } = three[i]!;
      expect(Object.values(others)).toBeAllClose(Object.values(rest));
    }
    expect(await parted.policy.probabilities()).toBeAllClose(await whole.policy.probabilities());
  });

  test("restored into a fresh one it continues bit for bit", async () => {
    const original = build(name);
    await run(original.dpo, 2);
    const saved = structuredClone(await original.dpo.state()) as State;
    const resumed = build(name);
    await run(resumed.dpo, 1);
    resumed.dpo.restore(saved);
    expect(await run(resumed.dpo, 3)).toEqual(await run(original.dpo, 3));
    expect(await resumed.dpo.state()).toEqual(await original.dpo.state());
  });

  test("compiled it does the same", async () => {
    const [plain, compiled] = [build(name), build(name, { compile: createCompile() })];
    const [one, two] = [await run(plain.dpo, 3), await run(compiled.dpo, 3)];
    for (const [i, stats] of one.entries()) expect(Object.values(two[i]!)).toBeAllClose(Object.values(stats));
  });

  test("nothing is left behind", async () => {
    const { dpo } = build(name, { options: { microBatchSize: 2 } });
    await run(dpo, 1);
    await expectNoLeak(async () => {
      await run(dpo, 2);
    });
  });

  test("learns which response is better; climbing the loss unlearns it", async () => {
    const clear = exactPairs([[0], [1]], [0, 3]).map((pair) => ({ ...pair, probability: 1 }));
    const descending = sgd({ learningRate: 0.2 });
    const shareOf = async (optimizer: OptimizerFactory) => {
      const { dpo, policy } = build(name, { optimizer });
      for (let update = 0; update < 20; update++) await dpo.update(clear);
      return (await policy.probabilities())[0]![1]!;
    };
    expect(await shareOf(descending)).toBeGreaterThan(0.65);
    expect(await shareOf(climbing(descending))).toBeLessThan(0.55);
  });
});

test("the numbers it logs, by hand", async () => {
  // β = 1. Response 1: log .6/.5 = .182322; response 0: log .4/.5 = −.223144. Gap .405465, σ = .6.
  const policy = later(createTabularPolicy([[Math.log(0.4), Math.log(0.6)]]));
  const reference = later(createTabularPolicy([[0, 0]]));
  const optimizer = sgd({ learningRate: 1e-9 });
  const dpo = later(createDpo({ policy, reference, loss: dpoLoss({ beta: 1 }), optimizer, layOut }));
  const pair = { preferred: [9, 1], rejected: [9, 0], completionStart: 1 };
  expect(await dpo.update([pair])).toEqual({
    loss: expect.closeTo(-Math.log(0.6), 5),
    accuracy: 1,
    margin: expect.closeTo(0.405465, 5),
    preferredReward: expect.closeTo(0.182322, 5),
    rejectedReward: expect.closeTo(-0.223144, 5),
    // ∂L/∂logits = ∓.4.
    gradientNorm: expect.closeTo(0.4 * Math.SQRT2, 5),
    learningRate: 1e-9,
  });
  const mixed = [pair, { ...pair, probability: 0.5 }, { ...pair, probability: 0.1 }];
  expect((await dpo.update(mixed)).accuracy).toBeCloseTo(0.5, 6);
});

test("a reference worked out beforehand gives the same, and may be gone", async () => {
  const live = build("DPO");
  const policy = later(live.policy.clone());
  const frozen = createPolicy();
  const reference = await precomputeReference({
    reference: frozen,
    pairs,
    layOut,
    options: { microBatchSize: 3 },
  });
  frozen.dispose();
  const loss = losses.DPO;
  const optimizer = adam({ learningRate: 0.05 });
  const dpo = later(createDpo({ policy, reference, loss, optimizer, layOut }));
  const [one, two] = [await run(live.dpo, 3), await run(dpo, 3)];
  for (const [i, stats] of one.entries()) expect(Object.values(two[i]!)).toBeAllClose(Object.values(stats));
  // Copies are known by their tokens; others are not known.
  const [first] = structuredClone(pairs) as [PreferencePair];
  await dpo.update([first]);
  const before = await dpo.state();
  await expect(dpo.update([{ ...first, preferred: [5, 1, 1, 0] }])).rejects.toThrow(
    /was not among the pairs/,
  );
  expect(await dpo.state()).toEqual(before);
});
