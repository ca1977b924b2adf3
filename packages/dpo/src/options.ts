import { InvalidArgumentError } from "@accord-rl/core";
import { requireCount } from "@accord-rl/math";

export interface PreferenceOptions {
  /** Pairs, or single responses, in one forward pass; null = the whole batch. Changes memory and speed, not the result. Default null. */
  readonly microBatchSize: number | null;
  /** P, to keep shapes equal over batches (a compiled step is traced once per shape); null = the longest prompt. Default null. */
  readonly promptLength: number | null;
  /** T, likewise; null = the longest response. Default null. */
  readonly responseLength: number | null;
}

export const preferenceDefaults: PreferenceOptions = Object.freeze({
  microBatchSize: null,
  promptLength: null,
  responseLength: null,
});

/** The defaults with what was given. @throws InvalidArgumentError for unknown names and impossible values. */
export const resolveOptions = (where: string, given: Partial<PreferenceOptions> = {}): PreferenceOptions => {
  const names = Object.keys(preferenceDefaults);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const message = `${where}: ${unknown} is no option, expected ${names.join(", ")}; β and the like belong to the loss`;
    throw new InvalidArgumentError({ argument: unknown, value: unknown, message });
  }
  const options = { ...preferenceDefaults, ...given };
  for (const [name, value] of Object.entries(options)) if (value !== null) requireCount(where, name, value);
  return Object.freeze(options);
};
