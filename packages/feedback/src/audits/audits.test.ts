import { createRandom, type Random } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import type { PairJudgement } from "../human/judgement.ts";
import { sigmoid } from "../statistics/sigmoid.ts";
import type { AuditFinding } from "./finding.ts";
import { type LengthRecord, lengthBias } from "./length.ts";
import { fitLengthEffect, lengthControlledWinRate } from "./length-control.ts";
import { type NameRecord, nameSensitivity } from "./names.ts";
import { type OrderedLabel, positionBias, shownPositionBias } from "./position.ts";
import { selfPreference, verbosityBias } from "./preference-excess.ts";

const list = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** Records of a noisy labeler whose biases, in probability or (for length) log-odds, are planted. */
const records = {
  position: (random: Random, bias: number, count = 120): OrderedLabel[] =>
    list(count, () => {
      const p = 0.2 + 0.6 * random.uniform();
      const noise = () => 0.1 * (2 * random.uniform() - 1);
      return [p + bias + noise(), p - bias + noise()];
    }),
  verbosity: (random: Random, bias: number, count = 120) =>
    list(count, () => 0.5 + bias + 0.35 * (2 * random.uniform() - 1)),
  self: (random: Random, bias: number, count = 120) =>
    list(count, () => {
      const truth = random.uniform() < 0.7 ? 1 : 0; // its own are really better, which is no bias
      return {
        own: 0.5 + 0.25 * (2 * truth - 1) * (0.5 + random.uniform()) + 0.4 * 0.25 + bias - 0.1,
        truth,
      };
    }),
  length: (random: Random, slope: number, count = 120): LengthRecord[] => {
    const gaps = list(count, () => Math.round(100 * random.normal()) || 1);
    const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + gap ** 2, 0) / count);
    return gaps.map((gap) => {
      const truth = random.uniform() < 0.5 ? 1 : 0;
      const probability = sigmoid((slope * gap) / spread + 2 * (truth - 0.5));
      return { firstLength: 500 + gap, secondLength: 500, probability, truth };
    });
  },
  names: (random: Random, bias: number, count = 60): NameRecord[] =>
    list(count, (n) => {
      const base = 0.3 + 0.4 * random.uniform();
      return ["A", "B", "C"].flatMap((group) =>
        [0, 1].map((index) => ({
          template: `t${n}`,
          group,
          name: `${group}${index}`,
          probability: base + (group === "A" ? bias : 0) + 0.1 * (2 * random.uniform() - 1),
          isFavoured: true,
        })),
      );
    }).flat(),
};

const covers = ({ low, high }: { low: number; high: number }, value: number) => low <= value && value <= high;

describe("positionBias", () => {
  it("by hand: .9 and .7 for first, twenty times → +.1, always consistent", () => {
    const found = positionBias(
      list(20, () => [0.9, 0.7] as const),
      { random: createRandom(1) },
    );
    expect(found).toMatchObject({
      estimate: expect.closeTo(0.1, 12),
      samples: 20,
      isFlagged: true,
      details: { consistency: 1 },
    });
  });

  it("is 0 exactly where exchanging the responses exchanges the answer", () => {
    const random = createRandom(2);
    const found = positionBias(
      list(50, () => {
        const p = random.uniform();
        return [p, p] as const;
      }),
      { random },
    );
    expect(found).toMatchObject({ estimate: 0, low: 0, high: 0, isFlagged: false });
  });

  it("of people: how often what stood first is chosen", () => {
    const judgement = (choice: PairJudgement["choice"], isSwapped: boolean): PairJudgement => ({
      id: "",
      prompt: "",
      responses: ["a", "b"],
      worker: "w",
      choice,
      isSwapped,
    });
    const always = list(30, (n) => judgement(n % 2 === 0 ? "first" : "second", n % 2 === 1));
    expect(shownPositionBias(always, { random: createRandom(1) })).toMatchObject({
      estimate: 0.5,
      isFlagged: true,
    });
    const fair = list(40, (n) => judgement("first", n % 2 === 1));
    expect(shownPositionBias(fair, { random: createRandom(1) })).toMatchObject({
      estimate: 0,
      isFlagged: false,
    });
  });

  it("needs twenty items, and minds no bias within the tolerance", () => {
    const labels = records.position(createRandom(1), 0.1);
    expect(() => positionBias(labels.slice(0, 19), { random: createRandom(1) })).toThrow(
      "is 19, expected at least 20",
    );
    expect(positionBias(labels, { random: createRandom(1), tolerance: 0.2 }).isFlagged).toBe(false);
  });
});

describe("a planted bias is found, with its size", () => {
  const options = () => ({ random: createRandom(9), resamples: 500 });
  it.each([0.1, -0.08])("position %d", (bias) => {
    const found = positionBias(records.position(createRandom(3), bias), options());
    expect(found.isFlagged).toBe(true);
    expect(covers(found, bias)).toBe(true);
  });

  it("verbosity .12", () => {
    const found = verbosityBias(records.verbosity(createRandom(3), 0.12), options());
    expect(found.isFlagged).toBe(true);
    expect(covers(found, 0.12)).toBe(true);
  });

  it("length: log-odds of .8 per deviation, also where longer ones are truly better", () => {
    const found = lengthBias(records.length(createRandom(3), 0.8), options());
    expect(found.isFlagged).toBe(true);
    const { slope, slopeLow, slopeHigh } = found.details as Record<string, number>;
    expect(slope).toBeCloseTo(0.8, 1); // the penalty of .1 takes a little away
    expect(covers({ low: slopeLow as number, high: slopeHigh as number }, slope as number)).toBe(true);
    // Longer is better, and the labeler says no more than that.
    const deserved = list(100, (n) => ({
      firstLength: 2,
      secondLength: 1,
      probability: 0.8,
      truth: n % 5 === 0 ? 0 : 1,
    }));
    expect(lengthBias(deserved, options()).isFlagged).toBe(false);
    const unknown = deserved.map(({ truth: _, ...record }) => record);
    expect(lengthBias(unknown, options())).toMatchObject({ isFlagged: true, measure: "P(longer wins) − ½" });
  });

  it("self-preference, over and above what its own deserve", () => {
    const own = list(100, (n) => ({ own: n % 10 < 8 ? 0.9 : 0.2, truth: n % 10 < 6 ? 1 : 0 }));
    const found = selfPreference(own, options()); // .76 said, .6 true
    expect(found.estimate).toBeCloseTo(0.16, 12);
    expect(found.isFlagged).toBe(true);
    const earned = own.map(({ truth }) => ({ own: truth === 1 ? 0.9 : 0.15, truth }));
    expect(selfPreference(earned, options()).isFlagged).toBe(false);
  });

  it("names: one group of three favoured by .12", () => {
    const found = nameSensitivity(records.names(createRandom(3), 0.12), options());
    const byName = new Map(found.map((finding) => [finding.audit, finding]));
    // Against the mean of three groups, .12 is +.08 for the one and −.04 for the others.
    for (const [audit, expected] of [
      ["names: A", 0.08],
      ["names: B", -0.04],
      ["names: C", -0.04],
    ] as const) {
      const finding = byName.get(audit) as AuditFinding;
      expect(covers(finding, expected), audit).toBe(true);
      expect(finding.isFlagged, audit).toBe(true);
    }
    expect(byName.get("names: any")?.isFlagged).toBe(true);
    expect(() =>
      nameSensitivity(
        records.names(createRandom(3), 0).filter(({ group }) => group === "A"),
        options(),
      ),
    ).toThrow("names of 1 group");
  });
});

describe("a labeler without bias is not flagged more often than said", () => {
  /** How many of so many audits raise an alarm, at a level of 95%. */
  const alarms = (runs: number, audit: (random: Random, seed: number) => readonly AuditFinding[]): number => {
    const findings = list(runs, (seed) => audit(createRandom(1000 + seed), seed)).flat();
    return findings.filter(({ isFlagged }) => isFlagged).length / findings.length;
  };
  const resampling = (seed: number) => ({ random: createRandom(seed), resamples: 200 });

  // 5% is meant; the README says what many more runs gave.
  it.each([
    [
      "position",
      150,
      (random: Random, seed: number) => [positionBias(records.position(random, 0), resampling(seed))],
    ],
    [
      "verbosity",
      150,
      (random: Random, seed: number) => [verbosityBias(records.verbosity(random, 0), resampling(seed))],
    ],
    [
      "length",
      40,
      (random: Random, seed: number) => [lengthBias(records.length(random, 0), resampling(seed))],
    ],
    [
      "names",
      60,
      (random: Random, seed: number) => nameSensitivity(records.names(random, 0), resampling(seed)),
    ],
  ] as const)("%s", (_, runs, audit) => {
    expect(alarms(runs, audit)).toBeLessThan(0.1);
  });
});

describe("corrections", () => {
  it("the length term is found, and taken out of the labels", () => {
    const random = createRandom(5);
    const spreadGaps = list(200, () => Math.round(100 * random.normal()) || 1);
    const spread = Math.sqrt(spreadGaps.reduce((sum, gap) => sum + gap ** 2, 0) / 200);
    const biased = spreadGaps.map((gap): LengthRecord => {
      const truth = random.uniform() < 0.5 ? 1 : 0;
      const probability = sigmoid(1.3 * Math.tanh(gap / spread) + 1.5 * (truth - 0.5));
      return { firstLength: 300 + gap, secondLength: 300, probability, truth };
    });
    const effect = fitLengthEffect(biased, { penalty: 1e-9 });
    expect(effect.effect).toBeCloseTo(1.3, 4);
    const corrected = biased.map((record) => ({
      ...record,
      probability: effect.correct(record.probability, record.firstLength, record.secondLength),
    }));
    const options = () => ({ random: createRandom(1), resamples: 300 });
    expect(lengthBias(biased, options()).isFlagged).toBe(true);
    expect(lengthBias(corrected, options()).isFlagged).toBe(false);
    for (const { probability, firstLength, secondLength } of biased.slice(0, 20)) {
      const turned = effect.correct(1 - probability, secondLength, firstLength);
      expect(turned + effect.correct(probability, firstLength, secondLength)).toBeCloseTo(1, 9);
    }
  });

  it("the length-controlled win rate is the constant's: what is left at equal length", () => {
    const random = createRandom(6);
    const wins = list(150, () => ({
      length: 400 + Math.round(100 * random.normal()),
      baselineLength: 300,
      noise: 0,
    }));
    const gaps = wins.map(({ length, baselineLength }) => length - baselineLength);
    const centre = gaps.reduce((sum, gap) => sum + gap / gaps.length, 0);
    const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - centre) ** 2, 0) / (gaps.length - 1));
    const judged = wins.map((win, n) => ({
      ...win,
      probability: sigmoid(-0.4 + 1.5 * Math.tanh((gaps[n] as number) / spread)),
    }));
    const rates = lengthControlledWinRate(judged, { random, resamples: 100, penalty: 1e-9 });
    expect(rates.raw.estimate).toBeGreaterThan(0.55); // it wins by length
    expect(rates.controlled.estimate).toBeCloseTo(sigmoid(-0.4), 4);
    expect(covers(rates.controlled, sigmoid(-0.4))).toBe(true);
  });

  it("takes the difficulty of prompts as a further term, and equal lengths as they are", () => {
    const random = createRandom(7);
    const judged = list(80, () => {
      const difficulty = random.normal();
      return { length: 10, baselineLength: 10, difficulty, probability: sigmoid(0.5 + difficulty) };
    });
    const rates = lengthControlledWinRate(judged, { random, resamples: 20, penalty: 1e-9 });
    expect(rates.controlled.estimate).toBeCloseTo(rates.raw.estimate, 4);
  });
});
