import { createRandom } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import golden from "../../__fixtures__/agreement.json" with { type: "json" };
import type { Judgement, PairJudgement } from "../judgement.ts";
import { interval, linearSteps, nominal, ordinal, quadraticSteps, ratio } from "./differences.ts";
import { categoryCounts, cohenKappa, fleissKappa } from "./kappa.ts";
import { krippendorffAlpha, krippendorffInterval } from "./krippendorff.ts";
import { choiceAgreement, choiceMatrix, ratingAgreement } from "./label-matrix.ts";

const column = (rows: readonly (readonly number[])[], index: number) =>
  rows.map((row) => row[index] as number);
const repeat = (value: number, times: number): number[] => Array.from({ length: times }, () => value);

describe("cohenKappa", () => {
  it("by hand: 50 proposals, both yes 20, no 15, apart 5 and 10", () => {
    // p_o = 35/50 = .7; p_e = (25/50)(30/50) + (25/50)(20/50) = .5; κ = .2/.5
    const first = [...repeat(1, 25), ...repeat(0, 25)];
    const second = [...repeat(1, 20), ...repeat(0, 5), ...repeat(1, 10), ...repeat(0, 15)];
    expect(cohenKappa(first, second)).toBeCloseTo(0.4, 12);
  });

  it.each(golden.cases.map((item, index) => [index, item] as const))(
    "agrees with scikit-learn (%d)",
    (_, item) => {
      const [first, second] = [column(item.labels, 0), column(item.labels, 1)];
      expect(cohenKappa(first, second)).toBeCloseTo(item.cohen.none, 12);
      expect(cohenKappa(first, second, { difference: linearSteps })).toBeCloseTo(item.cohen.linear, 12);
      expect(cohenKappa(first, second, { difference: quadraticSteps })).toBeCloseTo(item.cohen.quadratic, 12);
    },
  );

  it("refuses what can't be told from chance, and lists of different length", () => {
    expect(() => cohenKappa([1, 1], [1, 1])).toThrow("can't be told from chance");
    expect(() => cohenKappa([1, 2], [1])).toThrow("second.length is 1, expected 2");
  });
});

describe("fleissKappa", () => {
  it("on Fleiss's worked example: 14 raters, 10 subjects, κ = .210", () => {
    const counts = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(counts)).toBeCloseTo(0.20993, 5);
  });

  it.each(golden.cases.map((item, index) => [index, item] as const))(
    "agrees with statsmodels (%d)",
    (_, item) => {
      expect(fleissKappa(categoryCounts(item.labels))).toBeCloseTo(item.fleiss, 12);
    },
  );

  it("says what to use where numbers of raters differ", () => {
    expect(() =>
      fleissKappa([
        [2, 1],
        [1, 1],
      ]),
    ).toThrow("item 1 has 2 raters, expected 3");
    expect(() =>
      fleissKappa([
        [3, 0],
        [3, 0],
      ]),
    ).toThrow("can't be told from chance");
    expect(() => fleissKappa([[1, 0]])).toThrow(
      "raters per item is 1, expected a finite number of at least 2",
    );
  });
});

describe("krippendorffAlpha", () => {
  const x = null;
  const coders = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, x, x, x],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, x, 3],
    [x, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, x],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, x],
  ];
  const items = (coders[0] as (number | null)[]).map((_, unit) =>
    coders.map((coder) => coder[unit] as number | null),
  );

  it.each([
    ["nominal", nominal, 0.743],
    ["ordinal", ordinal, 0.815],
    ["interval", interval, 0.849],
    ["ratio", ratio, 0.797],
  ] as const)("on Krippendorff's worked example (2011, §D), %s", (_, difference, expected) => {
    expect(krippendorffAlpha(items, { difference })).toBeCloseTo(expected, 3);
  });

  const differences = { nominal, ordinal, interval, ratio };
  it.each(golden.cases.map((item, index) => [index, item] as const))(
    "agrees with krippendorff (%d)",
    (_, item) => {
      for (const [level, expected] of Object.entries(item.alpha)) {
        const difference = differences[level as keyof typeof differences];
        expect(krippendorffAlpha(item.missing, { difference }), level).toBeCloseTo(expected, 12);
      }
    },
  );

  it("doesn't see who said what, in which order, nor an item that one person labeled", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const random = createRandom(seed);
        const shuffled = random.shuffle(items).map((labels) => random.shuffle(labels));
        const alpha = krippendorffAlpha([...shuffled, [x, 9, x, x]], { difference: ordinal });
        expect(alpha).toBeCloseTo(krippendorffAlpha(items, { difference: ordinal }), 12);
      }),
    );
  });

  it("has an interval around it", () => {
    const options = { random: createRandom(2), difference: nominal, resamples: 500 };
    const { estimate, low, high } = krippendorffInterval(items, options);
    expect(low).toBeLessThan(estimate);
    expect(high).toBeGreaterThan(estimate);
    expect(high).toBeLessThanOrEqual(1);
  });

  it("refuses what can't be told from chance", () => {
    expect(() =>
      krippendorffAlpha([
        [1, 1],
        [1, 1],
      ]),
    ).toThrow("can't be told from chance");
    expect(() =>
      krippendorffAlpha([
        [1, null],
        [null, 2],
      ]),
    ).toThrow("no item has two labels");
  });
});

describe("agreement of judgements", () => {
  const judged = (id: string, worker: string, choice: "first" | "second" | "tie"): PairJudgement => ({
    id,
    worker,
    choice,
    prompt: "",
    responses: ["a", "b"],
  });
  const judgements = ["p", "q", "r", "s"].flatMap((id, n) =>
    ["ann", "ben"].map((worker) => judged(id, worker, n % 2 === 0 ? "first" : "second")),
  );

  it("is 1 where all agree, whichever way round a pair was given", () => {
    const turned: Judgement = { ...judged("p", "cem", "second"), responses: ["b", "a"] };
    expect(choiceMatrix([...judgements, turned]).items[0]).toEqual([1, 1, 1]);
    expect(choiceAgreement([...judgements, turned], { random: createRandom(1) }).estimate).toBe(1);
  });

  it("of ratings goes by distance", () => {
    const ratings: Judgement[] = [1, 5, 3, 2].flatMap((rating, n) =>
      [0, 1].map((more) => ({
        id: `${n}`,
        worker: `w${more}`,
        prompt: "",
        responses: ["x"] as [string],
        rating: rating + more * 0.1,
      })),
    );
    expect(ratingAgreement(ratings, { random: createRandom(1) }).estimate).toBeGreaterThan(0.98);
  });
});
