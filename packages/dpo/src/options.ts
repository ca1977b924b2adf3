import { count, resolveOptions } from "@accord-rl/core";
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
export const resolvePreferenceOptions = (
  where: string,
  given?: Partial<PreferenceOptions>,
): PreferenceOptions =>
  resolveOptions({
    where,
    defaults: preferenceDefaults,
    given,
    rules: { microBatchSize: count, promptLength: count, responseLength: count },
  });
