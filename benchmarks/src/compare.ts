import { type Spread, spreadOf } from "./statistics.ts";

/** Times of one iteration by part, in the benchmark's unit. */
export type Timing = Readonly<Record<string, number>>;

export interface Measured extends Spread {
  readonly parts: Readonly<Record<string, Spread>>;
}

export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface MeasuredRatio extends Ratio {
  readonly parts: Readonly<Record<string, Ratio>>;
}

export interface Comparison {
  readonly ours: Measured;
  readonly peer: Measured;
  /** Ours / peer over iterations that ran one after the other: below 1 is faster than the peer. */
  readonly ratio: MeasuredRatio;
}

const total = (timing: Timing): number => Object.values(timing).reduce((sum, time) => sum + time, 0);
const partNames = (timings: readonly Timing[]): string[] => Object.keys(timings[0] ?? {});

const measured = (timings: readonly Timing[]): Measured => {
  const parts = partNames(timings).map((part) => [part, spreadOf(timings.map((timing) => timing[part]!))]);
  return { ...spreadOf(timings.map(total)), parts: Object.fromEntries(parts) };
};

const ratioOf = (ours: readonly number[], peer: readonly number[]): Ratio => {
  const { median, min, max } = spreadOf(ours.map((time, i) => time / peer[i]!));
  return { median, low: min, high: max };
};

/** Compares pairs of iterations, part by part and in all. */
export const compareTimings = (ours: readonly Timing[], peer: readonly Timing[]): Comparison => {
  const timesOf = (timings: readonly Timing[], part: string) => timings.map((timing) => timing[part]!);
  const parts = partNames(ours).map((part) => [part, ratioOf(timesOf(ours, part), timesOf(peer, part))]);
  return {
    ours: measured(ours),
    peer: measured(peer),
    ratio: { ...ratioOf(ours.map(total), peer.map(total)), parts: Object.fromEntries(parts) },
  };
};

export interface AlternateOptions {
  readonly repetitions: number;
  /** Rounds that are not counted, before the others. Default 1. */
  readonly warmUps?: number;
  readonly unit: string;
  readonly log: (line: string) => void;
}

/** Lets all sides run `repetitions` times, one after the other; the one that begins changes each time. */
export const alternate = async <Side extends string>(
  sides: Readonly<Record<Side, () => Promise<Timing>>>,
  { repetitions, warmUps = 1, unit, log }: AlternateOptions,
): Promise<Record<Side, Timing[]>> => {
  const names = Object.keys(sides) as Side[];
  const timings = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, Timing[]>;
  for (let round = 0; round < warmUps + repetitions; round++) {
    const label = round < warmUps ? "warm-up" : `${round - warmUps + 1}/${repetitions}`;
    for (const offset of names.keys()) {
      const side = names[(round + offset) % names.length]!;
      const timing = await sides[side]();
      if (round >= warmUps) timings[side].push(timing);
      log(`${label} ${side}: ${total(timing).toPrecision(3)} ${unit}`);
    }
  }
  return timings;
};
