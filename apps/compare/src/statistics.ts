import type { Random } from "@accord-rl/core";
import {
  type Interval,
  interquartileMean,
  mean,
  probabilityOfImprovement,
  stratifiedInterval,
} from "@accord-rl/evaluation";
import { formatNumber } from "@accord-rl/runs";
import { type CurvePoint, readCurve } from "./results.ts";
import { type FinishedRun, returnsOf } from "./summary.ts";
import type { Task } from "./tasks/task.ts";

/** The runs of each algorithm, by its name. */
export type Groups = readonly (readonly [name: string, runs: readonly FinishedRun[]])[];

/** Agarwal et al. 2021 draw 50,000 for aggregates; the ends of an interval of ten seeds stand still long before. */
const resamples = 5000;

/** Of the middle half of the final returns, with the interval of a bootstrap over seeds. */
export const interquartileMeanInterval = (runs: readonly FinishedRun[], random: Random): Interval =>
  stratifiedInterval([returnsOf(runs)] as const, {
    random: random.fork("interquartile mean"),
    resamples,
    statistic: ([returns]) => interquartileMean(returns),
  });

/** P(a run of the first ends higher than one of the second), with its interval: each algorithm's runs are a stratum. */
export const improvementInterval = (
  first: readonly FinishedRun[],
  second: readonly FinishedRun[],
  random: Random,
): Interval =>
  stratifiedInterval([returnsOf(first), returnsOf(second)] as const, {
    random: random.fork("improvement"),
    resamples,
    statistic: ([better, baseline]) => probabilityOfImprovement(better, baseline),
  });

/** "0.83 (0.5 to 1)" */
export const withInterval = ({ estimate, low, high }: Interval): string =>
  `${formatNumber(estimate)} (${formatNumber(low)} to ${formatNumber(high)})`;

/** All held-out prompts of all seeds: after − before. */
export const gainInterval = (runs: readonly FinishedRun[], random: Random): Interval | undefined => {
  const gains = runs.map(({ result }) => result.gains ?? []);
  if (gains.some((seed) => seed.length === 0)) return undefined;
  return stratifiedInterval(gains, {
    random: random.fork("gain"),
    statistic: (strata) => mean(strata.flat()),
  });
};

const bins = 40;

interface BandPoint {
  readonly steps: number;
  readonly seconds: number;
  readonly mean: Interval;
}

/** Learning curves of all seeds as one, over equal parts of the run, with a bootstrap over seeds at each. */
export const learningBand = (
  runs: readonly FinishedRun[],
  { curve }: Pick<Task, "curve">,
  random: Random,
): BandPoint[] => {
  const total = Math.max(...runs.map(({ result }) => result.steps));
  const curves = runs.map(({ job, result }) =>
    readCurve(job, { stage: curve.stage(job), metric: curve.metric, steps: result.steps }),
  );
  const count = Math.min(bins, Math.max(...curves.map(({ length }) => length)));
  const inBin = (points: readonly CurvePoint[], bin: number) =>
    points.filter(({ steps }) => Math.min(count - 1, Math.ceil((steps * count) / total) - 1) === bin);
  const source = random.fork("curve");
  return Array.from({ length: Math.max(count, 0) }, (_, bin) => curves.map((points) => inBin(points, bin)))
    .filter((seeds) => seeds.every((points) => points.length > 0))
    .map((seeds) => {
      const of = (pick: (point: CurvePoint) => number) => seeds.map((points) => mean(points.map(pick)));
      return {
        steps: mean(of(({ steps }) => steps)),
        seconds: mean(of(({ seconds }) => seconds)),
        mean: stratifiedInterval([of(({ value }) => value)] as const, {
          random: source,
          resamples: 500,
          statistic: ([values]) => mean(values),
        }),
      };
    });
};
