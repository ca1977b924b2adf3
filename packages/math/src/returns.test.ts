import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/advantages.json" with { type: "json" };
import { type AdvantageInputs, discountedReturns, gae, lambdaReturns } from "./returns.ts";

const tensor = (rows: readonly (readonly number[])[]): tf.Tensor2D =>
  tf.tensor2d(rows.map((row) => [...row]));

/** One row that goes on past its end, unless told otherwise. `values` has T + 1 entries. */
const row = (
  rewards: number[],
  values: number[],
  changes: Partial<Record<keyof AdvantageInputs, number[]>> = {},
) => {
  const ones = rewards.map(() => 1);
  const zeros = rewards.map(() => 0);
  const plain: Record<keyof AdvantageInputs, number[]> = {
    rewards,
    values: values.slice(0, -1),
    nextValues: values.slice(1),
    valid: ones,
    mask: ones,
    terminated: zeros,
    truncated: zeros,
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(plain).map(([name, data]) => [name, tensor([data])]),
  ) as unknown as AdvantageInputs;
};

const { discount, gaeLambda } = golden.inputs;
const inputs: AdvantageInputs = {
  rewards: tensor(golden.inputs.rewards),
  values: tensor(golden.inputs.values),
  nextValues: tensor(golden.inputs.nextValues),
  valid: tensor(golden.inputs.valid),
  mask: tensor(golden.inputs.mask),
  terminated: tensor(golden.inputs.terminated),
  truncated: tensor(golden.inputs.truncated),
};
const mapInputs = (fn: (x: tf.Tensor2D) => tf.Tensor): AdvantageInputs =>
  Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, fn(x)])) as unknown as AdvantageInputs;

describe("gae", () => {
  test("by hand: two steps, the second terminates", () => {
    // δ₁ = 1 − 2 = −1; δ₀ = 0.5·2 − 4 = −3; Â₀ = −3 + 0.5·0.5·(−1) = −3.25
    const { advantages, returns } = gae(row([0, 1], [4, 2, 9], { terminated: [0, 1] }), {
      discount: 0.5,
      gaeLambda: 0.5,
    });
    expect(advantages).toBeAllClose([[-3.25, -1]]);
    expect(returns).toBeAllClose([[0.75, 1]]);
  });

  test.each([
    [1, [-1.451188, -4.455746, 2.539651, 0.5249, -0.49]],
    [0.7, [-0.676979, -5.248167, 2.484608, 0.67043, -0.49]],
  ])("equals rlax's published case, λ = %d", (lambda, expected) => {
    const { advantages } = gae(row([0, 0, 1, 0, -0.5], [1, 4, -3, -2, -1, -1]), {
      discount: 0.99,
      gaeLambda: lambda,
    });
    expect(advantages).toBeAllClose([expected], { atol: 2e-6 });
  });

  test.each([
    [1, [3, 2, 1, 0, -4.9]],
    [0.7, [2.2899, 1.73, 1, 0, -4.9]],
  ])("equals rlax's published case with a discount of 0 in the middle, λ = %d", (lambda, expected) => {
    const ends = row([0, 0, 0, 0, 1], [-3, -2, -1, 0, 5, -1], { terminated: [0, 0, 0, 1, 0] });
    expect(gae(ends, { discount: 0.9, gaeLambda: lambda }).advantages).toBeAllClose([expected]);
  });

  test("terminated, truncated, padded and tool steps in one batch", () => {
    const { advantages, returns } = gae(inputs, { discount, gaeLambda });
    expect(advantages).toBeAllClose(golden.outputs.advantages);
    expect(returns).toBeAllClose(golden.outputs.returns);
  });

  test("λ = 1: advantage + value is the discounted return; λ = 0: it is the TD error", () => {
    const full = gae(inputs, { discount, gaeLambda: 1 });
    expect(full.returns).toBeAllClose(discountedReturns(inputs, { discount }), { atol: 1e-5 });
    const plain = row([1, 2, 3], [4, 5, 6, 7]);
    // r + 0.9·V' − V
    expect(gae(plain, { discount: 0.9, gaeLambda: 0 }).advantages).toBeAllClose([[1.5, 2.4, 3.3]]);
  });

  test("padding on either side changes nothing, nor does the order of the rows", () => {
    const { advantages } = gae(inputs, { discount, gaeLambda });
    const padded = gae(
      mapInputs((x) =>
        tf.pad(x, [
          [0, 0],
          [3, 5],
        ]),
      ),
      { discount, gaeLambda },
    );
    expect(tf.slice(padded.advantages, [0, 3], [6, 9])).toBeAllClose(advantages);
    const reversed = gae(
      mapInputs((x) => tf.reverse(x, 0)),
      { discount, gaeLambda },
    );
    expect(tf.reverse(reversed.advantages, 0)).toBeAllClose(advantages);
  });

  test("equals a step-by-step loop at any length", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.infiniteStream(fc.double({ min: -2, max: 2, noNaN: true })),
        (length, gamma, lambda, numbers) => {
          const take = (count: number) => Array.from({ length: count }, () => numbers.next().value as number);
          const rewards = take(length);
          const values = take(length + 1);
          const ends = take(length).map((x) => (x > 1.8 ? 1 : 0));
          const expected = new Array<number>(length).fill(0);
          let running = 0;
          for (let t = length - 1; t >= 0; t--) {
            const goesOn = 1 - ends[t]!;
            running =
              rewards[t]! + gamma * goesOn * values[t + 1]! - values[t]! + gamma * lambda * goesOn * running;
            expected[t] = running;
          }
          tf.tidy(() => {
            const { advantages } = gae(row(rewards, values, { terminated: ends }), {
              discount: gamma,
              gaeLambda: lambda,
            });
            expect(advantages).toBeAllClose([expected], { rtol: 1e-4, atol: 1e-4 });
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  test("leaks nothing", async () => {
    await expectNoLeak(() => gae(inputs, { discount, gaeLambda }));
    await expectNoLeak(() => lambdaReturns(inputs, { discount, gaeLambda }));
    await expectNoLeak(() => discountedReturns(inputs, { discount }));
  });

  test("refuses other shapes and rates", () => {
    expect(() => gae({ ...inputs, values: tf.zeros([6, 8]) }, { discount, gaeLambda })).toThrow(ShapeError);
    expect(() => gae(inputs, { discount: 1.1, gaeLambda })).toThrow(InvalidArgumentError);
    expect(() => gae(inputs, { discount, gaeLambda: Number.NaN })).toThrow("gaeLambda is NaN");
  });
});

describe("returns", () => {
  test("by hand: γ = 0.5, rewards 1, 2, 4", () => {
    const three = row([1, 2, 4], [0, 0, 0, 8]);
    // The end is not terminated, so 8 counts: 4 + 0.5·8 = 8; 2 + 0.5·8 = 6; 1 + 0.5·6 = 4
    expect(discountedReturns(three, { discount: 0.5 })).toBeAllClose([[4, 6, 8]]);
    // Without values: 4; 2 + 2 = 4; 1 + 2 = 3
    const { rewards, valid, mask, terminated, truncated } = three;
    expect(
      discountedReturns({ rewards, valid, mask, terminated, truncated }, { discount: 0.5 }),
    ).toBeAllClose([[3, 4, 4]]);
  });

  test("equal the golden recursion", () => {
    expect(discountedReturns(inputs, { discount })).toBeAllClose(golden.outputs.discountedReturns);
    expect(lambdaReturns(inputs, { discount, gaeLambda })).toBeAllClose(golden.outputs.returns);
  });
});
