import { InvalidArgumentError, openRate, requireRule } from "@accord-rl/core";
import type { Interval } from "../bootstrap.ts";
import { wilsonInterval } from "../comparison.ts";

import { mean, quantile, standardDeviation } from "../statistics.ts";
import { checkSignals } from "./check.ts";
import { highestSum } from "./cusum.ts";
import { measureRun } from "./measure.ts";
import type { Observation, Signal, SignalValues, Threshold, Thresholds } from "./types.ts";

export interface CalibrationSettings {
  readonly signals: readonly Signal[];
  /** Share of clean runs, as long as those given, that may raise an alarm of any signal. Default 0.05. */
  readonly falseAlarmRate?: number;
  /** Change that is allowed whatever clean runs do, by signal: from its usual value to an amount in its unit. */
  readonly tolerances?: Readonly<Record<string, (usual: number) => number>>;
}

export interface MonitorCalibration {
  readonly thresholds: Thresholds;
  readonly falseAlarmRate: number;
  /** Clean runs that it is of. */
  readonly runs: number;
}

/** Limits are no lower than this many deviations: less is no change that anybody would look at. */
const leastLimit = 1;

/**
 * The k-th smallest of n, k = ⌈(n + 1)(1 − rate)⌉: a new one of the same kind is above it with a probability of `rate` at
 * most, whatever the distribution.
 *
 * @see Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World.
 */
const conformalQuantile = (values: readonly number[], rate: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length + 1) * (1 - rate) - 1e-9) - 1] as number;
};

/** Runs that a false-alarm rate needs: half for what is usual, and enough in the other half for a quantile that high. */
export const runsNeeded = (falseAlarmRate: number): number => 2 * Math.ceil(1 / falseAlarmRate - 1 - 1e-9);

type Usual = Omit<Threshold, "limit">;

/**
 * Finds thresholds on clean runs, so that a clean run raises any alarm at all with the probability that was asked for.
 *
 * Every other run says what is usual: center and deviation of each signal, and how high its cumulative sum usually gets.
 * The others say how much higher the worst of all signals gets: a split conformal quantile, which holds whatever the
 * distribution, however signals go together, and however iterations depend on each other. What is no clean run here is
 * hacking there: give runs of the kind that you would accept, such as those under a KL penalty that you trust.
 *
 * @param runs  at least `runsNeeded(falseAlarmRate)`, as long as the runs to be watched.
 * @see Page 1954 for cumulative sums.
 */
export const calibrateMonitors = (
  runs: readonly (readonly Observation[])[],
  { signals, falseAlarmRate = 0.05, tolerances = {} }: CalibrationSettings,
): MonitorCalibration => {
  const where = "calibrateMonitors";
  checkSignals(where, signals);
  requireRule(where, "falseAlarmRate", falseAlarmRate, openRate);
  const needed = runsNeeded(falseAlarmRate);
  if (runs.length < needed) {
    throw new InvalidArgumentError({
      argument: "runs",
      value: runs.length,
      message: `${where}: got ${runs.length} clean runs, expected at least ${needed} for a false-alarm rate of ${falseAlarmRate}; give more runs, or ask for a higher rate`,
    });
  }
  const measured = runs.map((run) => measureRun(signals, run));
  const halves = [0, 1].map((half) => measured.filter((_, index) => index % 2 === half));
  const [forUsual, forLimit] = halves as [SignalValues[][], SignalValues[][]];
  const valuesOf = (run: readonly SignalValues[], name: string) => run.map((values) => values[name]);

  const present = signals.filter(({ name }) => measured.some((run) => run.some((values) => name in values)));
  const usual = present.map((signal) => {
    const { name, resolution } = signal;
    const all = forUsual.flatMap((run) => valuesOf(run, name)).filter((value) => value !== undefined);
    const center = mean(all);
    const tolerance = tolerances[name]?.(center) ?? 0;
    const threshold: Usual = {
      center,
      deviation: Math.max(standardDeviation(all), resolution),
      ...(tolerance > 0 && { tolerance }),
    };
    const highest = forUsual.map((run) => highestSum(valuesOf(run, name), signal, threshold));
    return { signal, threshold, scale: Math.max(quantile(highest, 0.9), leastLimit) };
  });
  const worst = forLimit.map((run) =>
    Math.max(
      ...usual.map(
        ({ signal, threshold, scale }) => highestSum(valuesOf(run, signal.name), signal, threshold) / scale,
      ),
    ),
  );
  const factor = conformalQuantile(worst, falseAlarmRate);
  return {
    thresholds: Object.fromEntries(
      usual.map(({ signal, threshold, scale }) => [
        signal.name,
        { ...threshold, limit: Math.max(leastLimit, factor * scale) },
      ]),
    ),
    falseAlarmRate,
    runs: runs.length,
  };
};

/** The share of clean runs that raise an alarm, with Wilson's interval. Give runs that no threshold was found on. */
export const measureFalseAlarms = (
  runs: readonly (readonly Observation[])[],
  { signals, thresholds }: { readonly signals: readonly Signal[]; readonly thresholds: Thresholds },
): Interval => {
  checkSignals("measureFalseAlarms", signals, thresholds);
  const alarmed = runs.filter((run) => {
    const values = measureRun(signals, run);
    return signals.some((signal) => {
      const threshold = thresholds[signal.name];
      const own = values.map((all) => all[signal.name]);
      return threshold !== undefined && highestSum(own, signal, threshold) > threshold.limit;
    });
  });
  return wilsonInterval(alarmed.length, runs.length);
};
