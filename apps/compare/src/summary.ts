import type { Random } from "@accord-rl/core";
import { bootstrapInterval } from "@accord-rl/evaluation";
import type { Job, RunResult } from "./job.ts";

/** A run that ended, with what it left. */
export interface FinishedRun {
  readonly job: Job;
  readonly result: RunResult;
}

export interface SeedSummary {
  readonly seed: number;
  readonly finalReturn: number;
  readonly steps: number;
  readonly seconds: number;
  /** On the exact task: the largest difference of a response's probability. */
  readonly distanceToOptimum?: number;
  /** On text. */
  readonly klNats?: number;
}

export interface AlgorithmSummary {
  readonly seeds: readonly SeedSummary[];
  /** Of the final returns, with the interval of a bootstrap over seeds. */
  readonly mean: number;
  readonly low95: number;
  readonly high95: number;
  readonly stepsPerSecond: number;
}

/** What summary.json holds. */
export interface Summary {
  readonly task: string;
  readonly backend: string;
  readonly algorithms: Readonly<Record<string, AlgorithmSummary>>;
}

/** The finished runs of each algorithm; algorithms without one are left out. */
export const byAlgorithm = (
  algorithms: readonly string[],
  finished: readonly FinishedRun[],
): [name: string, runs: readonly FinishedRun[]][] =>
  algorithms
    .map((name): [string, readonly FinishedRun[]] => [
      name,
      finished.filter(({ job }) => job.algorithm === name),
    ])
    .filter(([, runs]) => runs.length > 0);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const returnsOf = (runs: readonly FinishedRun[]): number[] =>
  runs.map(({ result }) => result.finalReturn);

const summarizeSeed = ({ job, result }: FinishedRun): SeedSummary => {
  const { finalReturn, steps, seconds, distanceToOptimum, klNats } = result;
  return {
    seed: job.seed,
    finalReturn,
    steps,
    seconds,
    ...(distanceToOptimum !== undefined && { distanceToOptimum }),
    ...(klNats !== undefined && { klNats }),
  };
};

export const summarize = (
  task: string,
  groups: readonly (readonly [name: string, runs: readonly FinishedRun[]])[],
  random: Random,
): Summary => ({
  task,
  backend: [...new Set(groups.flatMap(([, runs]) => runs.map(({ result }) => result.backend)))].join(", "),
  algorithms: Object.fromEntries(
    groups.map(([name, runs]) => {
      const { estimate, low, high } = bootstrapInterval(returnsOf(runs), { random: random.fork(name) });
      const seconds = sum(runs.map(({ result }) => result.seconds));
      const steps = sum(runs.map(({ result }) => result.steps));
      return [
        name,
        {
          seeds: runs.map(summarizeSeed),
          mean: estimate,
          low95: low,
          high95: high,
          stepsPerSecond: seconds > 0 ? steps / seconds : 0,
        },
      ];
    }),
  ),
});
