import { ModelError, type Random } from "@accord-rl/core";
import type { Clock } from "./clock.ts";

/** What to do after a failed attempt: give up with an error, or wait (as long as the server says, where it does). */
export type Verdict =
  | { readonly giveUp: ModelError }
  | { readonly reason: string; readonly retryAfterMs?: number };

export interface RetryOptions {
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** The wait before the n-th retry is min(longest, first·2ⁿ⁻¹), times a random factor from ½ to 1. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** A server that asks for a longer wait than this ends the run. */
  readonly longestWaitMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly model: string;
  readonly judge: (error: unknown) => Verdict;
}

const longestSaneMs = 24 * 3600 * 1000;

/**
 * Retry-After in milliseconds: a number of seconds, or a date; `retry-after-ms` where a server is that exact. A date is
 * compared with the server's own `date`. Undefined where there is none, or one beyond a day, which is a mistake.
 *
 * @param now  milliseconds since 1970, where the server does not say what time it is.
 */
export const retryAfterMs = (headers: Headers | undefined, now: number): number | undefined => {
  const read = (name: string): string => (headers?.get(name) ?? "").trim().slice(0, 100);
  const isNumber = (value: string): boolean => /^\d+(\.\d*)?$/.test(value);
  const exact = read("retry-after-ms");
  const value = read("retry-after");
  const serverTime = Date.parse(read("date"));
  const wait = isNumber(exact)
    ? Number.parseFloat(exact)
    : isNumber(value)
      ? Number.parseFloat(value) * 1000
      : Date.parse(value) - (Number.isFinite(serverTime) ? serverTime : now);
  return wait <= longestSaneMs ? Math.max(0, wait) : undefined;
};

/** Makes a function that tries again, with exponential backoff; a wait that a server asks for holds all requests. */
export const createRetry = (options: RetryOptions) => {
  const { maxRetries, firstDelayMs, longestDelayMs, longestWaitMs, clock, random, model, judge } = options;
  let pausedUntil = 0;

  const untilUnpaused = async (): Promise<void> => {
    for (let wait = pausedUntil - clock.now(); wait > 0; wait = pausedUntil - clock.now())
      await clock.sleep(wait);
  };

  return async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let tried = 1; ; tried++) {
      await untilUnpaused();
      try {
        return await attempt();
      } catch (error) {
        const verdict = judge(error);
        if ("giveUp" in verdict) throw verdict.giveUp;
        // No cause goes along: the error itself may hold what its reason is cleaned of.
        if (tried > maxRetries) {
          const message = `no answer after ${tried} attempts; the last: ${verdict.reason}`;
          throw new ModelError({ model, message });
        }
        const asked = verdict.retryAfterMs;
        if (asked !== undefined && asked > longestWaitMs) {
          const message = `${verdict.reason}; the server asks to wait ${Math.round(asked / 1000)} s, run again then`;
          throw new ModelError({ model, message });
        }
        if (asked !== undefined) pausedUntil = Math.max(pausedUntil, clock.now() + asked);
        const backoff = Math.min(longestDelayMs, firstDelayMs * 2 ** (tried - 1));
        await clock.sleep(backoff * (0.5 + random.uniform() / 2));
      }
    }
  };
};
