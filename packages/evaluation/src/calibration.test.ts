import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { brierScore, expectedCalibrationError, reliabilityBins } from "./calibration.ts";

describe("reliabilityBins", () => {
  it("by hand, two bins; the edge belongs to the lower one", () => {
    expect(reliabilityBins([0, 0.2, 0.5, 0.9], [0, 1, 1, 1], { bins: 2 })).toEqual([
      { low: 0, high: 0.5, count: 3, confidence: expect.closeTo(0.7 / 3, 12), frequency: 2 / 3 },
      { low: 0.5, high: 1, count: 1, confidence: 0.9, frequency: 1 },
    ]);
    expect(reliabilityBins([0.9], [1], { bins: 2 })[0]).toMatchObject({
      count: 0,
      confidence: 0,
      frequency: 0,
    });
  });
});

describe("expectedCalibrationError", () => {
  it("by hand", () => {
    // ¾·|2/3 − .7/3| + ¼·|1 − .9| = .325 + .025
    expect(expectedCalibrationError([0, 0.2, 0.5, 0.9], [0, 1, 1, 1], { bins: 2 })).toBeCloseTo(0.35, 12);
  });

  it("is small for honest probabilities, and large for boasting ones", () => {
    const random = createRandom(4);
    const honest = Array.from({ length: 20_000 }, () => random.uniform());
    const outcomes = honest.map((probability) => (random.uniform() < probability ? 1 : 0));
    const boasting = honest.map((probability) => (probability > 0.5 ? 1 : 0));
    expect(expectedCalibrationError(honest, outcomes)).toBeLessThan(0.015);
    // |p − round(p)| is ¼ on average
    expect(expectedCalibrationError(boasting, outcomes)).toBeCloseTo(0.25, 1);
    expect(brierScore(honest, outcomes)).toBeCloseTo(1 / 6, 2); // E p(1 − p)
  });

  it("takes soft labels", () => {
    expect(expectedCalibrationError([0.3, 0.7], [0.3, 0.7])).toBeCloseTo(0, 12);
  });

  it("names bad input", () => {
    expect(() => expectedCalibrationError([1.2], [1])).toThrow(/probabilities\[0\] is 1.2/);
    expect(() => reliabilityBins([0.2], [1], { bins: 0 })).toThrow(InvalidArgumentError);
    expect(() => brierScore([0.2], [])).toThrow(/outcomes.length is 0, expected 1/);
  });
});
