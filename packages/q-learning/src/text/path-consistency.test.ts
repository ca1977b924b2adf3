import { valueAndGradients } from "@accord-rl/math";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "../__fixtures__/path-consistency.json" with { type: "json" };
import {
  everyLength,
  oneStep,
  type PathInputs,
  pathConsistency,
  pathsOf,
  segmentWeights,
  together,
  toTheEnd,
  wholePath,
} from "../index.ts";

const names = [
  "valid",
  "mask",
  "terminated",
  "truncated",
  "rewards",
  "values",
  "nextValues",
  "logRatios",
] as const;
const { beta } = golden.inputs;
const inputs = Object.fromEntries(
  names.map((name) => [name, tf.tensor2d(golden.inputs[name])]),
) as unknown as PathInputs;

/** One trajectory of three tokens whose reward comes at the end. */
const plain = (changes: Partial<Record<keyof PathInputs, number[]>> = {}): PathInputs => {
  const rows = {
    values: [1, 2, 3],
    nextValues: [2, 3, 0],
    logRatios: [0.1, 0.2, 0.3],
    rewards: [0, 0, 5],
    valid: [1, 1, 1],
    mask: [1, 1, 1],
    terminated: [0, 0, 1],
    truncated: [0, 0, 0],
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, tf.tensor2d([row])]),
  ) as unknown as PathInputs;
};

test("by hand: three tokens, β = 2", () => {
  const batch = plain();
  const paths = pathsOf(batch);
  // C(0,0) = −.2 + 2 − 1; C(0,1) = −.2 − .4 + 3 − 1; C(0,2) = 5 − 1.2 − 1; C(1,1) = −.4 + 3 − 2; C(1,2) = 5 − 1 − 2;
  // C(2,2) = 5 − .6 − 3
  expect(pathConsistency(batch, paths, { beta: 2 })).toBeAllClose(
    [
      [
        [0.8, 1.4, 2.8],
        [0, 0.6, 2],
        [0, 0, 1.4],
      ],
    ],
    { atol: 2e-6 },
  );
  // γ = ½: C(0,2) = −.2 + ½·(−.4) + ¼·(5 − .6) − 1
  const halved = pathConsistency(batch, paths, { beta: 2, discount: 0.5 });
  expect(tf.slice(halved, [0, 0, 2], [1, 1, 1])).toBeAllClose([[[-0.3]]], { atol: 2e-6 });
});

describe("PyTorch's values and gradients, with tools, limits, padding and two trajectories in a row", () => {
  test.each(golden.cases)("γ = $discount", ({ discount, ...expected }) => {
    const paths = pathsOf(inputs);
    expect(paths.exists).toBeAllClose(expected.exists);
    expect(paths.lengths).toBeAllClose(expected.lengths);
    expect(pathConsistency(inputs, paths, { beta, discount })).toBeAllClose(expected.errors, { atol: 2e-6 });
    const learned = tf.tidy(() => ({
      values: tf.variable(inputs.values),
      nextValues: tf.variable(inputs.nextValues),
      logRatios: tf.variable(inputs.logRatios),
    }));
    const { gradients } = valueAndGradients(() => {
      const errors = pathConsistency({ ...inputs, ...learned } as PathInputs, paths, { beta, discount });
      return { loss: tf.sum(tf.mul(tf.square(errors), tf.tensor3d(golden.inputs.lossWeights))) };
    }, learned);
    for (const [name, gradient] of Object.entries(expected.gradients)) {
      expect(gradients[name]!, name).toBeAllClose(gradient, { rtol: 1e-4, atol: 2e-5 });
    }
  });
});

test("gradients agree with central differences", () => {
  const paths = pathsOf(inputs);
  checkGradients(
    (values, nextValues, logRatios) =>
      pathConsistency({ ...inputs, values, nextValues, logRatios } as PathInputs, paths, {
        beta,
        discount: 0.9,
      }),
    [inputs.values, inputs.nextValues, inputs.logRatios],
  );
});

test("consistent values and policy have no error on any path: V = β·log Σ π_ref·exp(Q/β)", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }),
      fc.double({ min: 0.2, max: 3, noNaN: true }),
      (rewards, beta) => {
        // Two tokens of two; the reference is uniform. Soft values from the end, then every trajectory.
        const soft = (a: number, b: number) => beta * Math.log((Math.exp(a / beta) + Math.exp(b / beta)) / 2);
        const second = [soft(rewards[0]!, rewards[1]!), soft(rewards[2]!, rewards[3]!)];
        const first = soft(second[0]!, second[1]!);
        tf.tidy(() => {
          for (let response = 0; response < 4; response++) {
            const [token, reward] = [Math.floor(response / 2), rewards[response]!];
            const batch = plain({
              values: [first, second[token]!],
              nextValues: [second[token]!, 0],
              logRatios: [(second[token]! - first) / beta, (reward - second[token]!) / beta],
              rewards: [0, reward],
              valid: [1, 1],
              mask: [1, 1],
              terminated: [0, 1],
              truncated: [0, 0],
            });
            expect(pathConsistency(batch, pathsOf(batch), { beta })).toBeAllClose(tf.zeros([1, 2, 2]), {
              atol: 2e-5,
            });
          }
        });
      },
    ),
    { numRuns: 20 },
  );
});

test("what comes after a terminal step does not count, whatever the values say of it", () => {
  const expected = pathConsistency(plain(), pathsOf(plain()), { beta: 2 });
  const raw = plain({ nextValues: [2, 3, 1000] });
  expect(pathConsistency(raw, pathsOf(raw), { beta: 2 })).toBeAllClose(expected);
  // Where it is cut instead, V of the successor counts: C(2, 2) = 5 − .6 + 1000 − 3.
  const cut = plain({ nextValues: [2, 3, 1000], terminated: [0, 0, 0], truncated: [0, 0, 1] });
  expect(tf.slice(pathConsistency(cut, pathsOf(cut), { beta: 2 }), [0, 2, 2], [1, 1, 1])).toBeAllClose([
    [[1001.4]],
  ]);
});

test("more padding changes nothing", () => {
  const padded = plain({
    values: [1, 2, 3, 9, 9],
    nextValues: [2, 3, 0, 9, 9],
    logRatios: [0.1, 0.2, 0.3, 9, 9],
    rewards: [0, 0, 5, 9, 9],
    valid: [1, 1, 1, 0, 0],
    mask: [1, 1, 1, 0, 0],
    terminated: [0, 0, 1, 0, 0],
    truncated: [0, 0, 0, 0, 0],
  });
  const whole = pathConsistency(plain(), pathsOf(plain()), { beta: 2 });
  const errors = pathConsistency(padded, pathsOf(padded), { beta: 2 });
  expect(tf.slice(errors, [0, 0, 0], [1, 3, 3])).toBeAllClose(whole);
  expect(tf.sum(tf.abs(errors))).toBeAllClose(tf.sum(tf.abs(whole)));
});

describe("segments", () => {
  const paths = pathsOf(plain());
  const third = 1 / 3;
  test.each([
    ["oneStep", oneStep, [1, 0, 0, 0, 1, 0, 0, 0, 1]],
    ["toTheEnd", toTheEnd, [0, 0, 1, 0, 0, 1, 0, 0, 1]],
    ["wholePath", wholePath, [0, 0, 1, 0, 0, 0, 0, 0, 0]],
    ["everyLength", everyLength(), [third, third, third, 0, 0.5, 0.5, 0, 0, 1]],
    ["everyLength(0)", everyLength(0), [1, 0, 0, 0, 1, 0, 0, 0, 1]],
    // 1, ½, ¼ of 1¾; 1, ½ of 1½
    ["everyLength(½)", everyLength(0.5), [4 / 7, 2 / 7, 1 / 7, 0, 2 / 3, third, 0, 0, 1]],
    ["together", together(oneStep, toTheEnd), [0.5, 0, 0.5, 0, 0.5, 0.5, 0, 0, 1]],
  ])("%s", (_, segments, expected) => {
    expect(tf.reshape(segmentWeights(segments, paths), [-1])).toBeAllClose(expected);
  });

  test("follow tools and ends", () => {
    const all = pathsOf(inputs);
    // Row 2: decision, tool, tool, decision, decision. Row 0: 2 steps, then 2 that are cut, then one more.
    const rows = (x: tf.Tensor3D, row: number) => (x.arraySync() as number[][][])[row]!;
    expect(rows(segmentWeights(oneStep, all), 2)[0]).toEqual([0, 0, 1, 0, 0]);
    expect(rows(all.isToEnd, 0).map((ends) => ends.indexOf(1))).toEqual([1, 1, 3, 3, 4]);
    expect(rows(all.isFromStart, 0).map((starts) => starts.indexOf(1))).toEqual([0, -1, 2, -1, 4]);
    expect(rows(all.isFromStart, 3).map((starts) => starts.indexOf(1))).toEqual([-1, 1, -1, -1, -1]);
  });

  test("refuses a λ that is none", () => {
    expect(() => everyLength(1.5)).toThrow(/lambda is 1.5, expected a number from 0 to 1/);
  });
});

test("leaves nothing behind", async () => {
  await expectNoLeak(() => {
    const paths = pathsOf(inputs);
    return [
      ...Object.values(paths),
      pathConsistency(inputs, paths, { beta, discount: 0.9 }),
      segmentWeights(together(oneStep, everyLength(0.5)), paths),
    ];
  });
});

test("refuses shapes that differ", () => {
  const wrong = { ...plain(), values: tf.zeros<tf.Rank.R2>([1, 2]) };
  expect(() => pathConsistency(wrong, pathsOf(plain()), { beta: 1 })).toThrow(/has shape/);
});
