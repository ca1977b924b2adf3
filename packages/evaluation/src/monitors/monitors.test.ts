import { createRandom, InvalidArgumentError, type Random } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { calibrateMonitors, measureFalseAlarms, runsNeeded } from "./calibrate.ts";
import { createMonitors, fixedLimit } from "./create-monitors.ts";
import { type Cusum, cusumStart, cusumStep, highestSum } from "./cusum.ts";
import { resampleRuns } from "./resample-runs.ts";
import { entropySignal, klSignal } from "./run-signals.ts";
import { standardSignals } from "./standard-signals.ts";
import { lengthSignal } from "./text-signals.ts";
import type { Observation, Signal, Threshold } from "./types.ts";

const unit: Threshold = { center: 10, deviation: 2, limit: 4 };

describe("cumulative sums", () => {
  it("by hand", () => {
    // (13 − 10)/2 − 0.5 = 1; then 1 + 1.5 − 0.5 = 2; then max(0, 2 − 5 − .5) = 0.
    const sums: Cusum[] = [];
    for (const [index, value] of [13, 13, 0].entries()) {
      sums.push(cusumStep(sums.at(-1) ?? cusumStart, { value, iteration: index + 4, side: 1 }, unit));
    }
    expect(sums).toEqual([
      { sum: 1, since: 4 },
      { sum: 2, since: 4 },
      { sum: 0, since: null },
    ]);
    // The other side: −(7 − 10)/2 − 0.5 = 1. A tolerance of 2 leaves (3 − 2)/2 − 0.5 = 0.
    expect(cusumStep(cusumStart, { value: 7, iteration: 0, side: -1 }, unit).sum).toBe(1);
    expect(cusumStep(cusumStart, { value: 7, iteration: 0, side: -1 }, { ...unit, tolerance: 2 }).sum).toBe(
      0,
    );
    expect(highestSum([13, undefined, 13, 0, 7], { sides: [1, -1] }, unit)).toBe(5.5);
  });
});

const at = (iteration: number, klNats: number, rest: Partial<Observation> = {}): Observation => ({
  iteration,
  samples: ["low", "high"].map((response) => ({ prompt: "p", response })),
  scores: [1, 2],
  klNats,
  ...rest,
});

describe("createMonitors", () => {
  const signals = [klSignal, lengthSignal];
  const thresholds = { klNats: unit };

  it("raises one alarm when a limit is passed, and says when, how far, and on which samples", () => {
    const monitors = createMonitors({ signals, thresholds, shown: 1 });
    // Sums: 2, 4, 6 > 4, 8; then back to 0, and up again.
    const alarms = [15, 15, 15, 15, -20, 15, 15, 15].map((kl, iteration) =>
      monitors.observe(at(iteration, kl)),
    );
    expect(alarms.map((raised) => raised.length)).toEqual([0, 0, 1, 0, 0, 0, 0, 1]);
    expect(alarms[2]).toEqual([
      {
        iteration: 2,
        monitor: "klNats",
        reason:
          "KL to the reference, nats per response is 15, above the usual 10 ± 2: since iteration 0 this adds up to 6 deviations, the limit is 4",
        // Of no single sample: the one that is paid best.
        samples: [{ index: 1, prompt: "p", response: "high" }],
      },
    ]);
    expect(monitors.values()).toEqual({ klNats: 15, length: 1 });
  });

  it("looks at both sides, and shows the samples that differ most on that side", () => {
    const length: Threshold = { center: 5, deviation: 1, limit: 2, tolerance: 1 };
    const raise = (responses: readonly string[]) =>
      createMonitors({ signals, thresholds: { length } }).observe({
        iteration: 7,
        samples: responses.map((response) => ({ prompt: "p", response })),
      });
    const [long] = raise(["a b c d e f g h i", "a b c d e f g h i j k"]);
    expect(long?.samples.map(({ index }) => index)).toEqual([1, 0]);
    expect(long?.reason).toContain("above the usual 5 ± 1, 1 more or less allowed: since iteration 7");
    const [short] = raise(["a", ""]);
    expect(short?.samples.map(({ index }) => index)).toEqual([1, 0]);
    expect(short?.reason).toContain("below the usual");
    expect(raise(["a b c", "a b c d"])).toEqual([]);
  });

  it("a fixed limit is one that may not be passed", () => {
    const monitors = createMonitors({
      signals: [klSignal, entropySignal],
      thresholds: { klNats: fixedLimit(5), entropy: fixedLimit(1) },
    });
    expect(monitors.observe(at(0, 5, { entropy: 1 }))).toEqual([]);
    expect(monitors.observe(at(1, 5.1, { entropy: 0.9 })).map(({ monitor }) => monitor)).toEqual([
      "klNats",
      "entropy",
    ]);
  });

  it("resumed, it raises the alarms of an undisturbed run", async () => {
    const random = createRandom(3);
    const run = Array.from({ length: 20 }, (_, iteration) => {
      const klNats = iteration / 3;
      return at(iteration, klNats, {
        gold: [random.normal() - klNats, random.normal() - klNats],
        scores: [klNats, klNats + 1],
      });
    });
    const settings = {
      signals: standardSignals(),
      thresholds: {
        klNats: { center: 1, deviation: 1, limit: 3 },
        goldGap: { center: 0, deviation: 0.5, limit: 6 },
        pastPeak: { center: 0, deviation: 1, limit: 5 },
      },
    };
    const whole = createMonitors(settings);
    const expected = run.flatMap((observation) => whole.observe(observation));
    expect(new Set(expected.map(({ monitor }) => monitor))).toEqual(
      new Set(["klNats", "goldGap", "pastPeak"]),
    );
    const [first, second] = [createMonitors(settings), createMonitors(settings)];
    const begun = run.slice(0, 9).flatMap((observation) => first.observe(observation));
    second.restore(JSON.parse(JSON.stringify(await first.state())));
    expect(second.values()).toEqual(first.values());
    expect([...begun, ...run.slice(9).flatMap((observation) => second.observe(observation))]).toEqual(
      expected,
    );
    expect(await second.state()).toEqual(await whole.state());
    expect(() => createMonitors({ signals, thresholds }).restore({ tensors: {}, json: null })).toThrow(
      "resume with the signals that the run began with",
    );
  });

  it("refuses what it can't use", () => {
    const monitors = createMonitors({ signals, thresholds });
    monitors.observe(at(4, 1));
    expect(() => monitors.observe(at(4, 1))).toThrow("iteration is 4 after 4, expected a later one");
    expect(() => monitors.observe(at(5, 1, { scores: [1] }))).toThrow(InvalidArgumentError);
    expect(() => monitors.observe(at(5, Number.NaN))).toThrow("klNats");
    expect(() => monitors.observe(at(5, 1, { gold: [1, Number.NaN] }))).toThrow("gold[1] is NaN");
    expect(() => createMonitors({ signals: [], thresholds: {} })).toThrow("got no signal");
    expect(() => createMonitors({ signals: [klSignal, klSignal], thresholds: {} })).toThrow(
      "two signals are called klNats",
    );
    expect(() => createMonitors({ signals, thresholds: { other: unit } })).toThrow("no such signal");
    expect(() => createMonitors({ signals, thresholds: { klNats: { ...unit, deviation: 0 } } })).toThrow(
      "above 0",
    );
  });
});

/** A signal whose noise goes on from one iteration to the next, so that no textbook limit fits. */
const signal: Signal = {
  name: "walk",
  label: "a walk",
  sides: [1],
  resolution: 0.01,
  measure: ({ klNats }) => (klNats === undefined ? undefined : { value: klNats }),
};
const walk = (random: Random, trend = 0): Observation[] => {
  let value = 0;
  return Array.from({ length: 20 }, (_, iteration) => {
    value = 0.8 * value + random.normal() ** 3;
    return { iteration, samples: [], klNats: value + trend * iteration, entropy: random.normal() };
  });
};
const runsOf = (count: number, seed: number, trend = 0) =>
  Array.from({ length: count }, (_, index) => walk(createRandom(1000 * seed + index), trend));

describe("calibrateMonitors", () => {
  const signals = [signal, entropySignal];

  it.each([0.05, 0.2])("gives the false-alarm rate that was asked for: %s", (falseAlarmRate) => {
    const rates = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const { thresholds } = calibrateMonitors(runsOf(80, seed), { signals, falseAlarmRate });
      return measureFalseAlarms(runsOf(100, 100 + seed), { signals, thresholds }).estimate;
    });
    // Each calibration's own rate varies: of 40 runs, it is within ± 0.07 of 0.05 and ± 0.13 of 0.2 (two deviations).
    const rate = rates.reduce((sum, value) => sum + value / rates.length, 0);
    expect(rate).toBeGreaterThan(falseAlarmRate / 3);
    expect(rate).toBeLessThan(falseAlarmRate * 1.5);
  });

  it("finds runs that drift, which clean runs do not", () => {
    const { thresholds, runs } = calibrateMonitors(runsOf(80, 1), { signals });
    expect(runs).toBe(80);
    expect(measureFalseAlarms(runsOf(30, 3, 4), { signals, thresholds }).estimate).toBeGreaterThan(0.9);
    expect(measureFalseAlarms(runsOf(30, 3, -4), { signals, thresholds }).estimate).toBeLessThan(0.2);
    const alarmed = runsOf(30, 3, 4).filter((run) => {
      const monitors = createMonitors({ signals, thresholds });
      return run.flatMap((observation) => monitors.observe(observation)).length > 0;
    });
    expect(alarmed.length / 30).toBe(measureFalseAlarms(runsOf(30, 3, 4), { signals, thresholds }).estimate);
  });

  it("allows what is tolerated", () => {
    const { thresholds } = calibrateMonitors(runsOf(80, 1), {
      signals: [signal],
      tolerances: { walk: (usual) => 1000 + usual },
    });
    expect(thresholds.walk?.tolerance).toBeGreaterThan(900);
    expect(measureFalseAlarms(runsOf(30, 3, 4), { signals: [signal], thresholds }).estimate).toBe(0);
  });

  it("does without signals that no run has, and says how many runs it needs", () => {
    const { thresholds } = calibrateMonitors(runsOf(38, 2), { signals: standardSignals() });
    expect(Object.keys(thresholds)).toEqual(["klNats", "entropy"]);
    // ⌈20 · 0.95⌉ = 19 of 19.
    expect(runsNeeded(0.05)).toBe(38);
    expect(runsNeeded(0.1)).toBe(18);
    expect(() => calibrateMonitors(runsOf(37, 2), { signals })).toThrow(
      "expected at least 38 for a false-alarm rate of 0.05",
    );
    expect(() => calibrateMonitors(runsOf(38, 2), { signals, falseAlarmRate: 0 })).toThrow(
      InvalidArgumentError,
    );
  });
});

describe("resampleRuns", () => {
  const samples = Array.from({ length: 40 }, (_, index) => ({
    prompt: "p",
    response: "word ".repeat(index % 8),
  }));
  const pool = { samples, scores: samples.map((_, index) => index), entropy: 2 };

  it("draws windows of a pool whose lists stay together, the same ones for the same seed", () => {
    const draw = () => resampleRuns(pool, { runs: 3, iterations: 4, size: 10, random: createRandom(1) });
    const runs = draw();
    expect(runs.map((run) => run.map(({ iteration }) => iteration))).toEqual(Array(3).fill([0, 1, 2, 3]));
    for (const { samples: drawn, scores, entropy } of runs.flat()) {
      expect(drawn).toHaveLength(10);
      expect(entropy).toBe(2);
      for (const [index, score] of (scores ?? []).entries())
        expect(drawn[index]).toBe(samples[score as number]);
    }
    expect(draw()).toEqual(runs);
    expect(() => resampleRuns(pool, { runs: 1, iterations: 1, size: 41, random: createRandom(1) })).toThrow(
      "an integer of 41 or more",
    );
  });

  it("calibrates monitors that leave fresh windows of the same kind alone", () => {
    const signals = standardSignals();
    const runs = resampleRuns(pool, { runs: 38, iterations: 10, size: 10, random: createRandom(2) });
    const { thresholds } = calibrateMonitors(runs, { signals });
    const fresh = resampleRuns(pool, { runs: 40, iterations: 10, size: 10, random: createRandom(3) });
    expect(measureFalseAlarms(fresh, { signals, thresholds }).estimate).toBeLessThan(0.16);
  });
});
