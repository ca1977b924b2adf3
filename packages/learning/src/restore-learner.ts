import { InvalidArgumentError, type Json, type Parameters, type Random } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";

/** The counters of a saved learner. @throws InvalidArgumentError for what is no such number. */
export const readCounters = (
  json: Json,
  names: readonly string[],
  where: string,
): Readonly<Record<string, number>> => {
  const saved = (json ?? {}) as Record<string, unknown>;
  for (const name of names) {
    const value = saved[name];
    if (Number.isSafeInteger(value) && (value as number) >= 0) continue;
    const message = `${where}.restore: ${name} is ${String(value)}, expected an integer of 0 or more`;
    throw new InvalidArgumentError({ argument: "state", value: json, message });
  }
  return Object.fromEntries(names.map((name) => [name, saved[name] as number]));
};

/** Runs a function; where it throws, the parameters get their values back, and the random stream its position. */
export const undoOnError = (parameters: Parameters, fn: () => void, random?: Random): void => {
  const before = Object.values(parameters).map((variable) => tf.clone(variable));
  const position = random?.state();
  try {
    fn();
  } catch (error) {
    Object.values(parameters).forEach((variable, i) => {
      variable.assign(before[i]!);
    });
    if (position !== undefined) random?.restore(position);
    throw error;
  } finally {
    tf.dispose(before);
  }
};
