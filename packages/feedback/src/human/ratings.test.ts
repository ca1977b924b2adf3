import { createRandom } from "@accord-rl/core";
import { correlation, mean } from "@accord-rl/evaluation";
import { describe, expect, it } from "vitest";
import { bradleyTerry } from "./aggregation/bradley-terry.ts";
import { choiceProbability, type Judgement, type RatingJudgement } from "./judgement.ts";
import { pairwiseJudgements, standardizeRatings } from "./ratings.ts";

const rating = (response: string, worker: string, value: number): RatingJudgement => ({
  id: `${worker} ${response}`,
  prompt: "q",
  responses: [response],
  rating: value,
  worker,
});

describe("standardizeRatings", () => {
  it("puts each worker on their own scale", () => {
    const ratings = [
      rating("a", "ann", 1),
      rating("b", "ann", 3),
      rating("a", "ben", 90),
      rating("b", "ben", 100),
    ];
    const expected = [-1, 1, -1, 1].map((value) => value * Math.SQRT1_2);
    expect(standardizeRatings(ratings).map((judgement) => judgement.rating)).toBeAllClose(expected);
  });

  it("counts one rating, or always the same, as nothing, and a duplicate once", () => {
    const ratings = [
      rating("a", "ann", 5),
      rating("a", "ann", 4),
      rating("a", "ben", 2),
      rating("b", "ben", 2),
    ];
    expect(standardizeRatings(ratings).map((judgement) => judgement.rating)).toEqual([0, 0, 0]);
  });
});

describe("pairwiseJudgements", () => {
  it("compares what one worker rated for one prompt, and never across workers", () => {
    const pairs = pairwiseJudgements([rating("a", "ann", 1), rating("b", "ann", 3), rating("c", "ben", 9)]);
    expect(pairs).toMatchObject([{ responses: ["a", "b"], choice: "second", worker: "ann" }]);
  });

  it("makes all pairs of a ranking, with its ties", () => {
    const ranking: Judgement = {
      id: "r",
      prompt: "q",
      responses: ["a", "b", "c"],
      ranks: [2, 1, 2],
      worker: "w",
    };
    expect(pairwiseJudgements([ranking]).map(({ responses, choice }) => [...responses, choice])).toEqual([
      ["a", "b", "second"],
      ["a", "c", "tie"],
      ["b", "c", "first"],
    ]);
  });

  it("names a pair the same whichever response comes first", () => {
    const ids = [
      ["a", "b"],
      ["b", "a"],
    ].map(
      ([one, other]) =>
        pairwiseJudgements([rating(one as string, "w", 1), rating(other as string, "w", 2)])[0]?.id,
    );
    expect(ids[0]).toBe(ids[1]);
  });
});

describe("raters with different scales", () => {
  // 24 responses to one prompt. Each rater has an own centre and an own spread, and rates the part of them that is handed
  // to them: the strict ones the better part, the lenient ones the worse.
  const random = createRandom(4);
  const names = Array.from({ length: 24 }, (_, n) => `r${n}`);
  const quality = new Map(names.map((name) => [name, random.normal()]));
  const truth = names.map((name) => quality.get(name) as number);
  const ratings = Array.from({ length: 40 }, (_, worker) => {
    const isStrict = worker % 2 === 0;
    const centre = isStrict ? 2 : 8;
    const spread = [0.3, 1, 2][worker % 3] as number;
    const biased = (name: string) =>
      (quality.get(name) as number) + (isStrict ? 1 : -1) * 0.8 + 1.2 * random.normal();
    const seen = random
      .shuffle(names)
      .slice(0, 14)
      .filter((name) => biased(name) > 0 === isStrict);
    return seen.map((name) =>
      rating(name, `w${worker}`, centre + spread * ((quality.get(name) as number) + 0.3 * random.normal())),
    );
  }).flat();

  /** Least squares of ratings on which response it is: the mean rating of each. */
  const regress = (judgements: readonly RatingJudgement[]) =>
    names.map((name) => {
      const own = judgements
        .filter(({ responses }) => responses[0] === name)
        .map((judgement) => judgement.rating);
      return own.length === 0 ? 0 : mean(own);
    });

  const pairs = pairwiseJudgements(ratings);
  const { logStrengths } = bradleyTerry(
    names.length,
    pairs.map(({ responses: [first, second], choice }) => ({
      first: names.indexOf(first),
      second: names.indexOf(second),
      outcome: choiceProbability(choice),
    })),
    { prior: 0.1 },
  );
  const raw = correlation(regress(ratings), truth);
  const standardized = correlation(regress(standardizeRatings(ratings)), truth);
  const pairwise = correlation([...logStrengths], truth);

  it("pairwise preferences survive them, raw regression does not", () => {
    expect(pairwise).toBeGreaterThan(0.95);
    expect(raw).toBeLessThan(0.3);
  });

  it("standardizing helps, but not as far: the better part of one rater is not the better part of another", () => {
    expect(standardized).toBeGreaterThan(raw + 0.3);
    expect(standardized).toBeLessThan(pairwise);
  });
});
