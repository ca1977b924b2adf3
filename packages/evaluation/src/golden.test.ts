import { describe, expect, it } from "vitest";
import golden from "./__fixtures__/measures.json" with { type: "json" };
import { brierScore, expectedCalibrationError, reliabilityBins } from "./calibration.ts";
import { chrf } from "./chrf.ts";
import { normalQuantile, probabilityOfImprovement, wilsonInterval } from "./comparison.ts";
import { rougeL, rougeN } from "./rouge.ts";
import { correlation, interquartileMean, quantile, standardDeviation } from "./statistics.ts";

const { inputs, outputs } = golden;
const digits = 10;

const expectAll = (actual: readonly number[], expected: readonly number[], precision = digits) => {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, precision);
};
const words = (text: string) => text.split(/\s+/);

describe("agrees with", () => {
  it("numpy and scipy on statistics", () => {
    expectAll(
      inputs.numbers.map((values) => quantile(values, 0.37)),
      outputs.quantile37,
    );
    expectAll(inputs.numbers.map(standardDeviation), outputs.standardDeviation);
    expectAll(inputs.numbers.map(interquartileMean), outputs.interquartileMean);
    expectAll([correlation(inputs.probabilities, inputs.outcomes)], [outputs.correlation]);
  });

  it("scipy on the normal quantile and Wilson's interval", () => {
    // The approximation's relative error is 1.15e-9.
    expectAll(inputs.points.map(normalQuantile), outputs.normalQuantile, 8);
    for (const [index, [successes, trials]] of inputs.proportions.entries()) {
      for (const [at, level] of inputs.levels.entries()) {
        const { low, high } = wilsonInterval(successes as number, trials as number, { level });
        expectAll([low, high], outputs.wilson[index]?.[at] as number[], 8);
      }
    }
  });

  it("rliable on the probability of improvement", () => {
    expectAll(
      inputs.pairs.map(([first, second]) => probabilityOfImprovement(first as number[], second as number[])),
      outputs.probabilityOfImprovement,
    );
  });

  it("scikit-learn and netcal on calibration", () => {
    const bins = reliabilityBins(inputs.probabilities, inputs.outcomes);
    expectAll(
      bins.map(({ confidence }) => confidence),
      outputs.confidence,
    );
    expectAll(
      bins.map(({ frequency }) => frequency),
      outputs.frequency,
    );
    expectAll([expectedCalibrationError(inputs.probabilities, inputs.outcomes)], [outputs.calibrationError]);
    expectAll([brierScore(inputs.probabilities, inputs.outcomes)], [outputs.brier]);
  });

  it.each(inputs.texts.map(([candidate, reference], index) => ({ candidate, reference, index })))(
    "rouge-score and sacrebleu on '$candidate'",
    ({ candidate, reference, index }) => {
      const [own, other] = [words(candidate as string), words(reference as string)];
      const expected = outputs.rouge[index];
      expectAll(Object.values(rougeN(own, other, 1)), expected?.rouge1 as number[]);
      expectAll(Object.values(rougeN(own, other, 2)), expected?.rouge2 as number[]);
      expectAll(Object.values(rougeL(own, other)), expected?.rougeL as number[]);
      expectAll([chrf(candidate as string, reference as string)], [outputs.chrf[index] as number]);
      expectAll(
        [chrf(candidate as string, reference as string, { wordOrder: 2 })],
        [outputs.chrfPlusPlus[index] as number],
      );
    },
  );
});
