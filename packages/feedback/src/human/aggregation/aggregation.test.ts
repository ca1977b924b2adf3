import { createRandom } from "@accord-rl/core";
import { correlation } from "@accord-rl/evaluation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import golden from "../../__fixtures__/aggregation.json" with { type: "json" };
import { sigmoid } from "../../statistics/sigmoid.ts";
import type { PairChoice, PairJudgement } from "../judgement.ts";
import { bradleyTerry, type Comparison, raoKupper } from "./bradley-terry.ts";
import { crowdBradleyTerry } from "./crowd-bradley-terry.ts";
import { dawidSkene } from "./dawid-skene.ts";
import { bradleyTerryLabels, dawidSkeneLabels, voteShareLabels } from "./pair-labels.ts";

/** Home and away games of 1987, Agresti 2002, table 10.10: wins of the row's team against the column's. */
const baseball = {
  teams: ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"],
  wins: [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
  ],
  // Relative to Baltimore, as published.
  abilities: [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0],
};

const wins = (pairs: readonly (readonly number[])[]): Comparison[] =>
  pairs.map(([first, second]) => ({ first: first as number, second: second as number, outcome: 1 }));

describe("bradleyTerry", () => {
  it("by hand: 3 wins to 1 → log-strengths log 3 apart", () => {
    const { logStrengths, logLikelihood } = bradleyTerry(2, [
      { first: 0, second: 1, outcome: 1, weight: 3 },
      { first: 0, second: 1, outcome: 0 },
    ]);
    expect(logStrengths).toBeAllClose([Math.log(3) / 2, -Math.log(3) / 2]);
    expect(logLikelihood).toBeCloseTo(3 * Math.log(0.75) + Math.log(0.25), 8);
  });

  it("gives the published abilities of seven baseball teams", () => {
    const comparisons = baseball.wins.flatMap((row, first) =>
      row.map((weight, second) => ({ first, second, outcome: 1, weight })),
    );
    const { logStrengths } = bradleyTerry(7, comparisons);
    const last = logStrengths[6] as number;
    for (const [i, published] of baseball.abilities.entries()) {
      expect((logStrengths[i] as number) - last, baseball.teams[i]).toBeCloseTo(published, 3);
    }
  });

  it("agrees with choix", () => {
    const { items, wins: pairs, logStrengths } = golden.bradleyTerry;
    expect(bradleyTerry(items, wins(pairs)).logStrengths).toBeAllClose(logStrengths);
  });

  it("counts a tie as half a win each, and with a prior stays finite", () => {
    const halves = bradleyTerry(
      2,
      [0.5, 1].map((outcome) => ({ first: 0, second: 1, outcome })),
    );
    expect(halves.logStrengths[0]).toBeCloseTo(Math.log(3) / 2, 8);
    const never = wins([
      [0, 1],
      [0, 1],
    ]);
    expect(() => bradleyTerry(2, never)).toThrow("set a prior such as 0.5");
    const { logStrengths } = bradleyTerry(2, never, { prior: 0.5 });
    // σ(s) solves 2(1 − σ(2s)) + ½ = σ(s): no closed form; the sign and finiteness are what matters.
    expect(logStrengths[0]).toBeCloseTo(-(logStrengths[1] as number), 8);
    expect(logStrengths[0]).toBeGreaterThan(0.3);
    expect(logStrengths[0]).toBeLessThan(3);
  });

  it("sees two groups that never met", () => {
    expect(() =>
      bradleyTerry(
        4,
        wins([
          [0, 1],
          [1, 0],
          [2, 3],
          [3, 2],
        ]),
      ),
    ).toThrow("set a prior");
  });

  it("each step of the algorithm raises the likelihood", () => {
    const { items, wins: pairs } = golden.bradleyTerry;
    const values = [1, 2, 3, 5, 10, 50].map(
      (iterations) => bradleyTerry(items, wins(pairs), { iterations }).logLikelihood,
    );
    expect(values).toEqual([...values].sort((first, second) => first - second));
    expect(values[0]).toBeLessThan(values[5] as number);
  });
});

describe("raoKupper", () => {
  const { outcomes, logStrengths, threshold, logLikelihood } = golden.raoKupper;
  const comparisons = outcomes.map(([first, second, outcome]) => ({
    first: first as number,
    second: second as number,
    outcome: outcome === 2 ? 0.5 : (outcome as number),
  }));

  it("maximizes the likelihood that scipy maximizes", () => {
    const fit = raoKupper(6, comparisons);
    expect(fit.logLikelihood).toBeCloseTo(logLikelihood, 6);
    expect(fit.tieThreshold).toBeCloseTo(threshold, 4);
    // The minimizer stops at a gradient, the algorithm at a step: the flat top leaves 1e-4 between them.
    expect(fit.logStrengths).toBeAllClose(logStrengths, { rtol: 1e-3, atol: 1e-4 });
  });

  it("is Bradley-Terry where nobody ties", () => {
    const { items, wins: pairs } = golden.bradleyTerry;
    const fit = raoKupper(items, wins(pairs));
    expect(fit).toEqual(bradleyTerry(items, wins(pairs)));
    expect(fit.tieThreshold).toBe(1);
  });
});

describe("dawidSkene", () => {
  const labels = golden.anaesthetists.map(([item, worker, label]) => ({
    item: item as number,
    worker: worker as number,
    label: label as number,
  }));

  it("gives the prevalences that the paper prints for its anaesthetists", () => {
    const { prevalence, posteriors } = dawidSkene({ items: 45, workers: 5, categories: 4 }, labels);
    expect(prevalence).toBeAllClose([0.4, 0.42, 0.11, 0.07], { rtol: 0, atol: 5e-3 }); // printed to two digits
    for (const row of posteriors) expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("agrees with crowd-kit", () => {
    const rows = golden.dawidSkene.labels.map(([item, worker, label]) => ({
      item: item as number,
      worker: worker as number,
      label: label as number,
    }));
    const fit = dawidSkene({ items: 60, workers: 4, categories: 3 }, rows, {
      tolerance: 1e-12,
      iterations: 5000,
    });
    const labeled = new Set(rows.map(({ item }) => item));
    const kept = [...labeled].sort((first, second) => first - second);
    // crowd-kit clips probabilities at 1e-10, which moves posteriors a little.
    expect(kept.map((item) => fit.posteriors[item] as number[])).toBeAllClose(
      kept.map((item) => golden.dawidSkene.posteriors[item] as number[]),
      { rtol: 1e-4, atol: 1e-5 },
    );
  });

  it("gives an item without labels the prevalence, and names a wrong label", () => {
    const fit = dawidSkene({ items: 46, workers: 5, categories: 4 }, labels);
    expect(fit.posteriors[45]).toBeAllClose(fit.prevalence);
    expect(() =>
      dawidSkene({ items: 1, workers: 1, categories: 2 }, [{ item: 0, worker: 0, label: 2 }]),
    ).toThrow("labels[0].label is 2, expected a finite number of at least 0 and of at most 1");
  });
});

/** Pairs judged by workers of known care; the first response is better with probability `truth`. */
const simulate = (seed: number, skills: readonly number[], pairs = 150) => {
  const random = createRandom(seed);
  const truths = Array.from({ length: pairs }, () => random.uniform() < 0.5);
  const judgements = truths.flatMap((isFirst, n) =>
    skills.map((skill, worker): PairJudgement => {
      const isRight = random.uniform() < skill;
      const choice: PairChoice = isRight === isFirst ? "first" : "second";
      return { id: `p${n}`, prompt: `q${n}`, responses: ["a", "b"], choice, worker: `w${worker}` };
    }),
  );
  return { truths, judgements };
};

const accuracyOf = (labels: readonly { readonly probability: number }[], truths: readonly boolean[]) =>
  labels.filter(({ probability }, n) => probability !== 0.5 && probability > 0.5 === truths[n]).length /
  truths.length;

describe("labels of several workers", () => {
  // One careful worker, two who guess, one who has the keys mixed up.
  const { truths, judgements } = simulate(3, [0.95, 0.5, 0.5, 0.1, 0.8]);

  it("Dawid-Skene beats the vote where workers differ in care", () => {
    const [vote, skene] = [voteShareLabels(judgements), dawidSkeneLabels()(judgements)];
    expect(accuracyOf(vote, truths)).toBeLessThan(0.85);
    expect(accuracyOf(skene, truths)).toBeGreaterThan(0.93);
    expect(skene.map(({ id }) => id)).toEqual(vote.map(({ id }) => id));
  });

  it("a tie is half a vote, and shares of three votes are soft labels", () => {
    const [base] = judgements as [PairJudgement];
    const votes = (["first", "tie", "second", "first"] as const).map((choice, n) => ({
      ...base,
      choice,
      worker: `${n}`,
    }));
    expect(voteShareLabels(votes)).toMatchObject([
      { id: "p0", first: "a", second: "b", probability: 0.625, votes: 4 },
    ]);
    const [label] = dawidSkeneLabels()(votes);
    expect(label?.probability).toBeGreaterThan(0);
    expect(label?.probability).toBeLessThan(1);
  });

  it("exchanging the responses of all pairs turns each label into 1 minus it", () => {
    const swap = (judgement: PairJudgement): PairJudgement => ({
      ...judgement,
      responses: [judgement.responses[1], judgement.responses[0]],
      choice: judgement.choice === "first" ? "second" : "first",
    });
    for (const aggregate of [voteShareLabels, dawidSkeneLabels(), bradleyTerryLabels()]) {
      const [one, other] = [aggregate(judgements), aggregate(judgements.map(swap))];
      expect(other.map(({ probability }) => 1 - probability)).toBeAllClose(
        one.map(({ probability }) => probability),
        { rtol: 1e-5, atol: 1e-5 }, // two runs of an iteration that stops at 1e-6
      );
    }
  });

  it("gives no label for no judgement", () => {
    expect(
      [voteShareLabels, dawidSkeneLabels(), bradleyTerryLabels()].map((aggregate) => aggregate([])),
    ).toEqual([[], [], []]);
  });
});

describe("crowdBradleyTerry", () => {
  const random = createRandom(11);
  const items = 12;
  const truth = Array.from({ length: items }, () => 2 * random.normal());
  const skills = [0.97, 0.95, 0.9, 0.5, 0.05];
  const comparisons = Array.from({ length: 600 }, (_, n) => {
    const [first, second] = random.sample(items, 2) as [number, number];
    const worker = n % skills.length;
    const meant = random.uniform() < sigmoid((truth[first] as number) - (truth[second] as number));
    const says = random.uniform() < (skills[worker] as number) ? meant : !meant;
    return { first, second, worker, outcome: says ? 1 : 0 };
  });

  it("finds who is careful, who guesses and who answers the opposite, and ranks better for it", () => {
    const fit = crowdBradleyTerry(items, skills.length, comparisons);
    expect(fit.reliabilities[0]).toBeGreaterThan(0.85);
    expect(fit.reliabilities[3]).toBeGreaterThan(0.3);
    expect(fit.reliabilities[3]).toBeLessThan(0.7);
    expect(fit.reliabilities[4]).toBeLessThan(0.2);
    const blind = bradleyTerry(items, comparisons, { prior: 0.5 });
    const [weighed, plain] = [fit, blind].map(({ logStrengths }) => correlation([...logStrengths], truth));
    expect(weighed).toBeGreaterThan(0.9);
    expect(weighed).toBeGreaterThan(plain as number);
    expect(fit.logLikelihood).toBeLessThan(0);
  });

  describe.each([
    { name: "ties", tied: (n: number) => n % 4 === 0, to: 0.5 },
    { name: "shares of a vote", tied: (n: number) => n % 3 === 0, to: 0.7 },
  ])("with $name", ({ tied, to }) => {
    const mixed = comparisons.map((one, n) => (tied(n) ? { ...one, outcome: to, weight: 1.5 } : one));
    const prior = 0.5;
    const [right, wrong] = [4, 1];
    const fit = crowdBradleyTerry(items, skills.length, mixed, {
      prior,
      reliabilityPrior: [right, wrong],
      reliabilityTolerance: 1e-12,
      rounds: 5000,
    });
    const log = { won: (gap: number) => -Math.log1p(Math.exp(-gap)) };
    /** The model's log-likelihood, from its equations. */
    const likelihood = (strengths: readonly number[], reliabilities: readonly number[]): number =>
      mixed.reduce((sum, one) => {
        const { first, second, worker, outcome } = one;
        const weight = "weight" in one ? (one.weight as number) : 1;
        const gap = (strengths[first] as number) - (strengths[second] as number);
        const own = reliabilities[worker] as number;
        const says = (sign: 1 | -1) =>
          Math.log(own * Math.exp(log.won(sign * gap)) + (1 - own) * Math.exp(log.won(-sign * gap)));
        const value =
          outcome === 0.5 ? (log.won(gap) + log.won(-gap)) / 2 : outcome * says(1) + (1 - outcome) * says(-1);
        return sum + weight * value;
      }, 0);

    it("reports the log-likelihood of the model", () => {
      expect(fit.logLikelihood).toBeCloseTo(likelihood(fit.logStrengths, fit.reliabilities), 8);
    });

    it("stops where that and the priors have no slope", () => {
      const posterior = (strengths: readonly number[], reliabilities: readonly number[]) =>
        likelihood(strengths, reliabilities) +
        strengths.reduce((sum, s) => sum + prior * (log.won(s) + log.won(-s)), 0) +
        reliabilities.reduce((sum, own) => sum + right * Math.log(own) + wrong * Math.log(1 - own), 0);
      const slope = (at: (shift: number) => number) => (at(1e-5) - at(-1e-5)) / 2e-5;
      const shifted = (values: readonly number[], at: number, by: number) =>
        values.map((value, i) => (i === at ? value + by : value));
      for (let i = 0; i < items; i++) {
        expect(slope((by) => posterior(shifted(fit.logStrengths, i, by), fit.reliabilities))).toBeCloseTo(
          0,
          3,
        );
      }
      for (let k = 0; k < skills.length; k++) {
        expect(slope((by) => posterior(fit.logStrengths, shifted(fit.reliabilities, k, by)))).toBeCloseTo(
          0,
          3,
        );
      }
    });
  });

  it("trusts everybody alike where the prior says they never err", () => {
    const fit = crowdBradleyTerry(items, skills.length, comparisons.slice(0, 60), {
      reliabilityPrior: [1e9, 1e-9],
      prior: 0.5,
    });
    expect(fit.logStrengths).toBeAllClose(
      bradleyTerry(items, comparisons.slice(0, 60), { prior: 0.5 }).logStrengths,
      {
        rtol: 1e-4,
        atol: 1e-5,
      },
    );
  });

  it("only differences of strengths matter: relabeling items permutes the fit", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(items).keys()], { minLength: items }), (order) => {
        const moved = comparisons.map((comparison) => ({
          ...comparison,
          first: order[comparison.first] as number,
          second: order[comparison.second] as number,
        }));
        const [one, other] = [comparisons, moved].map(
          (list) => bradleyTerry(items, list, { prior: 0.2 }).logStrengths,
        );
        expect(order.map((to) => other?.[to] as number)).toBeAllClose(one as number[], {
          rtol: 1e-5,
          atol: 1e-6,
        });
      }),
      { numRuns: 10 },
    );
  });
});
