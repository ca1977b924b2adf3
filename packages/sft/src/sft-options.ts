import { InvalidArgumentError } from "@accord-rl/core";

export interface SftOptions {
  /** Padded tokens in memory at once; null = the whole batch. Changes memory and speed, not the result. Default null. */
  readonly microBatchTokens: number | null;
  /** s in [0, 1): share of the target spread evenly over the vocabulary. Default 0. */
  readonly labelSmoothing: number;
}

export const sftDefaults: SftOptions = Object.freeze({ microBatchTokens: null, labelSmoothing: 0 });

const fail = (argument: string, value: unknown, expected: string): never => {
  const message = `createSft: ${argument} is ${String(value)}, expected ${expected}`;
  throw new InvalidArgumentError({ argument, value, message });
};

/** The defaults with what was given; unknown names and impossible values throw. */
export const resolveSftOptions = (given: Partial<SftOptions> = {}): SftOptions => {
  const unknown = Object.keys(given).find((name) => !(name in sftDefaults));
  if (unknown)
    fail(unknown, given[unknown as keyof SftOptions], `one of ${Object.keys(sftDefaults).join(", ")}`);
  const options = { ...sftDefaults, ...given };
  const { microBatchTokens, labelSmoothing } = options;
  if (microBatchTokens !== null && !(Number.isSafeInteger(microBatchTokens) && microBatchTokens >= 1)) {
    fail("microBatchTokens", microBatchTokens, "an integer of 1 or more, or null");
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    fail("labelSmoothing", labelSmoothing, "a number of 0 or more, below 1");
  }
  return Object.freeze(options);
};
