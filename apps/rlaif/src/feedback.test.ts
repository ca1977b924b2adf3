import fc from "fast-check";
import { expect, test } from "vitest";
import { agreementOf, dealFeedback, shownPairs } from "./feedback.ts";

const pairs = Array.from({ length: 6 }, (_, i) => ({ preferred: [i, 1], rejected: [i, 0] }));
const tokenizer = {
  vocabularySize: 10,
  beginToken: null,
  endToken: null,
  encode: () => [],
  decode: (tokens: ArrayLike<number>) => ` ${Array.from(tokens).join(" ")}`,
};

test("texts are shown in the order that was drawn, and agreement finds back", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (isFirst) => {
      const shown = shownPairs(pairs, tokenizer, isFirst);
      // A labeler that always likes texts that end with 1, which are the preferred ones.
      const labels = shown.map(({ first }) => ({ probability: first.endsWith("1") ? 0.9 : 1 - 0.9 }));
      expect(agreementOf(labels, isFirst).every((p) => Math.abs(p! - 0.9) < 1e-12)).toBe(true);
    }),
  );
});

test("people's word, the labeler's, and both", () => {
  const probabilities = [0.7, 0.2, null, 0.8, null, 0.6];
  const { human, ai, hybrid, calibration } = dealFeedback(pairs, probabilities, {
    humanPairs: 3,
    hybridWeight: 3,
  });
  expect(human).toEqual(pairs.slice(0, 3).map((pair) => ({ ...pair, probability: 1, weight: 1 })));
  expect(ai.map(({ probability }) => probability)).toEqual([0.7, 0.2, 0.8, 0.6]);
  expect(ai.map(({ preferred }) => preferred[0])).toEqual([0, 1, 3, 5]);
  // Pair 5 has nobody's label; pair 3 only people's; the first two have both, mixed by weight.
  expect(hybrid.map(({ preferred }) => preferred[0])).toEqual([0, 1, 2, 3, 5]);
  expect(hybrid.map(({ weight }) => weight)).toEqual([4, 4, 3, 1, 1]);
  expect(hybrid[0]!.probability).toBeCloseTo((3 + calibration.calibrate(0.7)) / 4, 12);
  expect(hybrid[3]!.probability).toBeCloseTo(calibration.calibrate(0.8), 12);
});
