import { type Json, requireNumbers } from "@accord-rl/core";

import { checkObservation } from "./check.ts";
import type { Measurement, Observation, Signal, SignalValues } from "./types.ts";

/** What each signal remembers, by name. */
export type Memories = Readonly<Record<string, Json>>;

/** All signals of one observation; those that can't be measured are missing. */
export const measureAll = (
  signals: readonly Signal[],
  observation: Observation,
  memories: Memories,
): { readonly measurements: Readonly<Record<string, Measurement>>; readonly memories: Memories } => {
  checkObservation("observe", observation);
  const found = signals.flatMap(({ name, measure }) => {
    const measurement = measure(observation, memories[name] ?? null);
    if (measurement !== undefined) requireNumbers("observe", name, [measurement.value]);
    return measurement === undefined ? [] : [[name, measurement] as const];
  });
  return {
    measurements: Object.fromEntries(found),
    memories: {
      ...memories,
      ...Object.fromEntries(
        found.flatMap(([name, { memory }]) => (memory === undefined ? [] : [[name, memory]])),
      ),
    },
  };
};

/** The signals of a whole run, one entry per observation. */
export const measureRun = (signals: readonly Signal[], run: readonly Observation[]): SignalValues[] => {
  let memories: Memories = {};
  return run.map((observation) => {
    const { measurements, memories: next } = measureAll(signals, observation, memories);
    memories = next;
    return Object.fromEntries(Object.entries(measurements).map(([name, { value }]) => [name, value]));
  });
};
