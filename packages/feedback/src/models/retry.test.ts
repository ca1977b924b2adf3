import { createRandom, ModelError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import type { Clock } from "./clock.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createRetry, retryAfterMs, type Verdict } from "./retry.ts";

/** Time that passes only by sleeping. */
const createTestClock = (): Clock & { slept: number[] } => {
  let now = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
};

describe("createRetry", () => {
  const create = (judge: (error: unknown) => Verdict, clock: Clock) =>
    createRetry({
      ...{ maxRetries: 6, firstDelayMs: 100, longestDelayMs: 1000, longestWaitMs: 60_000 },
      ...{ clock, random: createRandom(1), model: "m", judge },
    });

  it("waits twice as long each time, up to the longest wait, a little less at random", async () => {
    const clock = createTestClock();
    const retry = create(() => ({ reason: "down" }), clock);
    await expect(retry(() => Promise.reject(new Error("x")))).rejects.toThrow(
      "m: no answer after 7 attempts",
    );
    const longest = [100, 200, 400, 800, 1000, 1000];
    expect(clock.slept).toHaveLength(6);
    clock.slept.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(longest[i]! / 2);
      expect(wait).toBeLessThanOrEqual(longest[i]!);
    });
  });

  it("waits as long as the server says, with every request", async () => {
    const clock = createTestClock();
    const retry = create(() => ({ reason: "busy", retryAfterMs: 5000 }), clock);
    const begun = clock.now();
    let attempts = 0;
    const busyOnce = async () => {
      if (attempts++ === 0) throw new Error("429");
      return clock.now() - begun;
    };
    expect(await retry(busyOnce)).toBeGreaterThanOrEqual(5000);
    expect(await retry(async () => "at once")).toBe("at once");
    const error = new ModelError({ model: "m", message: "no" });
    const hopeless = create(() => ({ giveUp: error }), clock);
    await expect(hopeless(() => Promise.reject(new Error("x")))).rejects.toBe(error);
  });

  it("reads Retry-After in seconds, milliseconds and as a date", () => {
    const headers = (values: Record<string, string>) => new Headers(values);
    const now = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");
    expect(retryAfterMs(headers({ "retry-after": "1.5" }), now)).toBe(1500);
    expect(retryAfterMs(headers({ "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT" }), now)).toBe(30_000);
    expect(retryAfterMs(headers({ "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT" }), now)).toBe(0);
    expect(retryAfterMs(headers({ "retry-after-ms": "20", "retry-after": "9" }), now)).toBe(20);
    expect(retryAfterMs(headers({ "retry-after": "soon" }), now)).toBeUndefined();
    expect(retryAfterMs(undefined, now)).toBeUndefined();
  });
});

describe("createRateLimit", () => {
  it("lets no more than the limit through in any minute, in order", async () => {
    const clock = createTestClock();
    const { take } = createRateLimit({ perMinute: 100, clock });
    const amounts = [60, 30, 20, 80, 500, 10];
    const times: { amount: number; at: number }[] = [];
    await Promise.all(
      amounts.map(async (amount) => {
        await take(amount);
        times.push({ amount, at: clock.now() });
      }),
    );
    expect(times.map(({ amount }) => amount)).toEqual(amounts);
    for (const { at } of times) {
      const inMinute = times.filter((other) => other.at > at - 60_000 && other.at <= at);
      const sum = inMinute.reduce((total, { amount }) => total + amount, 0);
      expect(sum <= 100 || inMinute.length === 1).toBe(true); // what is above the limit passes alone
    }
    expect(times[1]!.at).toBe(times[0]!.at);
  });

  it("counts what was really spent once it is known", async () => {
    const clock = createTestClock();
    const { take } = createRateLimit({ perMinute: 100, clock });
    const taken = await take(90);
    taken.amount = 10;
    await take(90);
    expect(clock.slept).toEqual([]);
    await take(1);
    expect(clock.slept).toEqual([60_000]);
  });
});
