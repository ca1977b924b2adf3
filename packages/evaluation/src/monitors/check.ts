import { InvalidArgumentError, requireNumbers, requireSameLength } from "@accord-rl/core";

import type { Observation, Signal, Thresholds } from "./types.ts";

const refuse = (argument: string, value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument, value, message });
};

/** Signals have different names, and a threshold belongs to one of them. */
export const checkSignals = (
  where: string,
  signals: readonly Signal[],
  thresholds: Thresholds = {},
): void => {
  const names = signals.map(({ name }) => name);
  if (names.length === 0) refuse("signals", signals, `${where}: got no signal, expected at least one`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    refuse("signals", twice, `${where}: two signals are called ${twice}; give one another name`);
  for (const [name, { center, deviation, limit, tolerance = 0, drift = 0 }] of Object.entries(thresholds)) {
    if (!names.includes(name)) {
      refuse(
        "thresholds",
        name,
        `${where}: there is a threshold for ${name}, but no such signal; expected ${names.join(", ")}`,
      );
    }
    requireNumbers(where, `thresholds.${name}`, [center, deviation, limit, tolerance, drift]);
    if (deviation <= 0)
      refuse("deviation", deviation, `${where}: the deviation of ${name} is ${deviation}, expected above 0`);
  }
};

/** What stands beside the samples has one entry for each. */
export const checkObservation = (where: string, observation: Observation): void => {
  const { iteration, samples, scores, gold, uncertainties } = observation;
  requireNumbers(where, "iteration", [iteration]);
  for (const [name, list] of Object.entries({ scores, gold, uncertainties })) {
    if (list === undefined) continue;
    requireSameLength(where, ["samples", name], samples, list);
    const present = list.flatMap((value) => (value === null ? [] : [value]));
    if (present.length > 0) requireNumbers(where, name, present);
  }
};
