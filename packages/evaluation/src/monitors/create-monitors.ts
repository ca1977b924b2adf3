import { InvalidArgumentError, type Json, type Stateful, type Stats } from "@accord-rl/core";
import { checkSignals } from "./check.ts";
import { type Cusum, cusumStart, cusumStep } from "./cusum.ts";
import { type Memories, measureAll } from "./measure.ts";
import type { Alarm, AlarmSample, Measurement, Observation, Signal, Threshold, Thresholds } from "./types.ts";

export interface MonitorOptions {
  readonly signals: readonly Signal[];
  /** `calibrateMonitors` finds them on clean runs. A signal without one is measured, and never raises an alarm. */
  readonly thresholds: Thresholds;
  /** Samples that an alarm shows. Default 3. */
  readonly shown?: number;
}

/** Watches a run. A resumed run raises the alarms that an undisturbed one does. */
export interface Monitors extends Stateful {
  /**
   * @returns the alarms of this iteration. A signal that stays beyond its limit raises one alarm, when it gets there.
   * @throws InvalidArgumentError where iterations do not grow, or a list has not one entry per sample.
   */
  observe(observation: Observation): readonly Alarm[];
  /** Every signal's value at the last observation: metrics to log. */
  values(): Stats;
}

interface Watch {
  /** One per side. */
  readonly sums: readonly Cusum[];
  readonly isRaised: boolean;
}

const format = (value: number): string => String(Number(value.toPrecision(3)));

const reasonOf = (
  signal: Signal,
  threshold: Threshold,
  value: number,
  side: 1 | -1,
  { sum, since }: Cusum,
) => {
  const { center, deviation, tolerance = 0, limit } = threshold;
  const allowed = tolerance > 0 ? `, ${format(tolerance)} more or less allowed` : "";
  return `${signal.label} is ${format(value)}, ${side === 1 ? "above" : "below"} the usual ${format(center)} ± ${format(deviation)}${allowed}: since iteration ${since} this adds up to ${format(sum)} deviations, the limit is ${format(limit)}`;
};

/** The samples that add most to a change; without parts of their own, those of the highest scores. */
const pick = (
  { samples, scores }: Observation,
  { perSample }: Measurement,
  side: number,
  shown: number,
): AlarmSample[] => {
  const weights =
    perSample?.map((value) => side * value) ?? scores?.map((score) => score ?? Number.NEGATIVE_INFINITY);
  return samples
    .map(({ prompt, response }, index) => ({ index, prompt, response }))
    .sort((a, b) => (weights?.[b.index] ?? 0) - (weights?.[a.index] ?? 0) || a.index - b.index)
    .slice(0, shown);
};

/** Monitors of reward hacking: signals, each with a cumulative sum, and a limit for it. */
export const createMonitors = ({ signals, thresholds, shown = 3 }: MonitorOptions): Monitors => {
  checkSignals("createMonitors", signals, thresholds);
  const names = signals.map(({ name }) => name);
  let iteration: number | null = null;
  let memories: Memories = {};
  let values: Stats = {};
  let watches: Readonly<Record<string, Watch>> = Object.fromEntries(
    signals.map(({ name, sides }) => [name, { sums: sides.map(() => cusumStart), isRaised: false }]),
  );

  const watch = (signal: Signal, observation: Observation, measurement: Measurement): Alarm[] => {
    const threshold = thresholds[signal.name];
    const before = watches[signal.name] as Watch;
    if (threshold === undefined) return [];
    const { value } = measurement;
    const sums = before.sums.map((sum, at) =>
      cusumStep(
        sum,
        { value, iteration: observation.iteration, side: signal.sides[at] as 1 | -1 },
        threshold,
      ),
    );
    const highest = sums.reduce((best, { sum }, at) => (sum > (sums[best] as Cusum).sum ? at : best), 0);
    const [sum, side] = [sums[highest] as Cusum, signal.sides[highest] as 1 | -1];
    const isRaised = sum.sum > threshold.limit;
    watches = { ...watches, [signal.name]: { sums, isRaised } };
    if (!isRaised || before.isRaised) return [];
    return [
      {
        iteration: observation.iteration,
        monitor: signal.name,
        reason: reasonOf(signal, threshold, value, side, sum),
        samples: pick(observation, measurement, side, shown),
      },
    ];
  };

  return {
    observe: (observation) => {
      if (iteration !== null && observation.iteration <= iteration) {
        throw new InvalidArgumentError({
          argument: "iteration",
          value: observation.iteration,
          message: `Monitors.observe: iteration is ${observation.iteration} after ${iteration}, expected a later one`,
        });
      }
      const measured = measureAll(signals, observation, memories);
      ({ memories } = measured);
      ({ iteration } = observation);
      const { measurements } = measured;
      values = Object.fromEntries(Object.entries(measurements).map(([name, { value }]) => [name, value]));
      return signals.flatMap((signal) => {
        const measurement = measurements[signal.name];
        return measurement === undefined ? [] : watch(signal, observation, measurement);
      });
    },
    values: () => values,
    state: async () => ({
      tensors: {},
      json: { iteration, memories, values, watches } as unknown as Json,
    }),
    restore: ({ json }) => {
      const saved = json as unknown as {
        iteration: number | null;
        memories: Memories;
        values: Stats;
        watches: Record<string, Watch>;
      } | null;
      const found = Object.keys(saved?.watches ?? {});
      if (saved === null || String([...found].sort()) !== String([...names].sort())) {
        throw new InvalidArgumentError({
          argument: "state",
          value: found,
          message: `Monitors.restore: the state has the signals (${found.join(", ")}), expected (${names.join(", ")}); resume with the signals that the run began with`,
        });
      }
      ({ iteration, memories, values, watches } = saved);
    },
  };
};

/** A limit that is known beforehand: an alarm as soon as the signal is beyond it, on its suspicious side. */
export const fixedLimit = (limit: number): Threshold => ({ center: limit, deviation: 1, drift: 0, limit: 0 });
