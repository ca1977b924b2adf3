import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/losses.json" with { type: "json" };
import {
  type GroupAdvantage,
  groupMeanAdvantages,
  groupStandardizedAdvantages,
  leaveOneOutAdvantages,
} from "./index.ts";

const inputs = (
  scores: number[],
  groups: number[] = scores.map(() => 0),
  takesPart = scores.map(() => 1),
) => ({
  scores: tf.tensor1d(scores),
  takesPart: tf.tensor1d(takesPart),
  groups: Int32Array.from(groups),
});
const run = (compare: GroupAdvantage, ...given: Parameters<typeof inputs>): number[] =>
  tf.tidy(() => Array.from(compare(inputs(...given)).dataSync()));

const all: [string, GroupAdvantage][] = [
  ["leaveOneOutAdvantages", leaveOneOutAdvantages],
  ["groupMeanAdvantages", groupMeanAdvantages],
  ["groupStandardizedAdvantages", groupStandardizedAdvantages()],
];

describe("one group of scores 1, 2, 3, 6", () => {
  test.each<[GroupAdvantage, number[]]>([
    // 1 − 11/3, 2 − 10/3, 3 − 9/3, 6 − 6/3
    [leaveOneOutAdvantages, [-8 / 3, -4 / 3, 0, 4]],
    // The mean is 3.
    [groupMeanAdvantages, [-2, -1, 0, 3]],
    // σ = √(14/3) = 2.160247, and 1e-4.
    [groupStandardizedAdvantages(), [-0.925777, -0.462889, 0, 1.388666]],
  ])("%o", (compare, expected) => {
    expect(run(compare, [1, 2, 3, 6])).toBeAllClose(expected);
  });
});

test("agree with PyTorch on two groups and a sample without a score", () => {
  const { scores, groups, mask } = golden.inputs;
  const takesPart = mask.map((row) => row[0]!);
  const { leaveOneOut, groupMean, standardized } = golden.outputs.advantages;
  const expected = [leaveOneOut, groupMean, standardized];
  all.forEach(([, compare], i) => {
    expect(run(compare, scores, groups, takesPart)).toBeAllClose(expected[i]!);
  });
});

test("two samples: leave-one-out is [d, −d], d = R₁ − R₂", () => {
  fc.assert(
    fc.property(
      fc.float({ min: -9, max: 9, noNaN: true }),
      fc.float({ min: -9, max: 9, noNaN: true }),
      (a, b) => {
        expect(run(leaveOneOutAdvantages, [a, b])).toBeAllClose([a - b, b - a], { atol: 1e-5 });
      },
    ),
    { numRuns: 30 },
  );
});

describe.each(all)("%s", (_, compare) => {
  test("adds up to 0 in each group, and moves with none of its scores", () => {
    // Eighths: float32 adds them without rounding, which the deviation of nearly equal scores would magnify.
    const eighths = (limit: number) => fc.integer({ min: -8 * limit, max: 8 * limit }).map((n) => n / 8);
    const numbers = fc.array(eighths(9), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(numbers, eighths(5), (scores, shift) => {
        const groups = [4, -1, 4, -1, 4, -1];
        const [plain, moved] = [scores, scores.map((score) => score + shift)].map((row) =>
          run(compare, row, groups),
        ) as [number[], number[]];
        expect(moved).toBeAllClose(plain, { rtol: 1e-3, atol: 1e-3 });
        for (const parity of [0, 1]) {
          const sum = plain.filter((__, i) => i % 2 === parity).reduce((total, value) => total + value, 0);
          expect(Math.abs(sum)).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("a sample without a score counts nowhere and gets 0; one that is left alone gets 0", () => {
    const groups = [0, 0, 0, 1, 1];
    const three = run(compare, [1, 2, 1e4, 5, 7], groups, [1, 1, 0, 1, 0]);
    expect(three.slice(0, 2)).toBeAllClose(run(compare, [1, 2]));
    expect(three.slice(2)).toEqual([0, 0, 0]);
  });

  test("equal scores teach nothing", () => {
    expect(run(compare, [3, 3, 3])).toBeAllClose([0, 0, 0]);
  });

  test("leaks nothing, and refuses other shapes", async () => {
    const batch = inputs([1, 2, 3]);
    await expectNoLeak(() => compare(batch));
    expect(() => compare({ ...batch, groups: Int32Array.of(0, 0) })).toThrow(ShapeError);
    expect(() => compare({ ...batch, takesPart: tf.ones([2]) as tf.Tensor1D })).toThrow(ShapeError);
  });
});

test.each([0, -1, Number.NaN])("refuses epsilon %d", (epsilon) => {
  expect(() => groupStandardizedAdvantages({ epsilon })).toThrow(InvalidArgumentError);
});
