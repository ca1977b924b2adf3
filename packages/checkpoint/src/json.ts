import { InvalidArgumentError, type Json } from "@accord-rl/core";

/**
 * Where a value is not JSON: "a.b[2] is NaN"; undefined when all of it is.
 * JSON.stringify would turn NaN into null and drop functions without a word.
 */
const findNonJson = (value: unknown, path: string): string | undefined => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== "object") return `${path} is ${typeof value === "function" ? "a function" : value}`;
  const entries = Object.entries(value);
  for (const [key, inner] of entries) {
    const problem = findNonJson(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    if (problem !== undefined) return problem;
  }
  const prototype = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) ? entries.length === value.length : prototype === Object.prototype;
  return isPlain || prototype === null ? undefined : `${path} is no plain object or full array`;
};

/** @throws InvalidArgumentError naming the place that JSON can't hold. */
export const checkJson = (value: Json, argument: string): void => {
  const problem = findNonJson(value, argument);
  if (problem === undefined) return;
  throw new InvalidArgumentError({
    argument,
    value,
    message: `saveCheckpoint: ${problem}, which JSON can't hold; put arrays of numbers into tensors`,
  });
};
