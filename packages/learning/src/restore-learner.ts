import { InvalidArgumentError, type Json, type Parameters, type Random } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";

/** How many updates a saved learner had taken. @throws InvalidArgumentError for what is no such number. */
export const readUpdates = (json: Json, name: string): number => {
  const updates = (json as { updates?: unknown } | null)?.updates;
  if (Number.isSafeInteger(updates) && (updates as number) >= 0) return updates as number;
  const message = `${name}.restore: updates is ${String(updates)}, expected an integer of 0 or more`;
  throw new InvalidArgumentError({ argument: "state", value: json, message });
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
