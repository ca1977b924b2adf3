import { type Spread, spreadOf } from "./statistics.ts";

/** Seconds of one iteration, by part. */
export type Timing = Readonly<Record<string, number>>;

export interface Measured extends Spread {
  readonly parts: Readonly<Record<string, Spread>>;
}

export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface Comparison {
  readonly ours: Measured;
  readonly peer: Measured;
  /** Ours / peer over iterations that ran one after the other: below 1 is faster than the peer. */
  readonly ratio: Ratio & { readonly parts: Readonly<Record<string, Ratio>> };
}

const total = (timing: Timing): number => Object.values(timing).reduce((sum, seconds) => sum + seconds, 0);
const partNames = (timings: readonly Timing[]): string[] => Object.keys(timings[0] ?? {});

const measured = (timings: readonly Timing[]): Measured => {
  const parts = partNames(timings).map((part) => [part, spreadOf(timings.map((timing) => timing[part]!))]);
  return { ...spreadOf(timings.map(total)), parts: Object.fromEntries(parts) };
};

const ratioOf = (ours: readonly number[], peer: readonly number[]): Ratio => {
  const { median, min, max } = spreadOf(ours.map((seconds, i) => seconds / peer[i]!));
  return { median, low: min, high: max };
};

/** Compares pairs of iterations, part by part and in all. */
export const compareTimings = (ours: readonly Timing[], peer: readonly Timing[]): Comparison => {
  const secondsOf = (timings: readonly Timing[], part: string) => timings.map((timing) => timing[part]!);
  const parts = partNames(ours).map((part) => [part, ratioOf(secondsOf(ours, part), secondsOf(peer, part))]);
  return {
    ours: measured(ours),
    peer: measured(peer),
    ratio: { ...ratioOf(ours.map(total), peer.map(total)), parts: Object.fromEntries(parts) },
  };
};

/** Lets both sides run `repetitions` times, one after the other, the first to begin changing each time. */
export const alternate = async (
  { ours, peer }: { readonly ours: () => Promise<Timing>; readonly peer: () => Promise<Timing> },
  { repetitions, log }: { readonly repetitions: number; readonly log: (line: string) => void },
): Promise<Comparison> => {
  const timings: { ours: Timing[]; peer: Timing[] } = { ours: [], peer: [] };
  const sides = { ours, peer };
  // The first pair only warms up.
  for (let i = 0; i <= repetitions; i++) {
    for (const side of i % 2 === 0 ? (["ours", "peer"] as const) : (["peer", "ours"] as const)) {
      const timing = await sides[side]();
      if (i > 0) timings[side].push(timing);
      log(`${i === 0 ? "warm-up" : `${i}/${repetitions}`} ${side}: ${total(timing).toFixed(2)} s`);
    }
  }
  return compareTimings(timings.ours, timings.peer);
};
