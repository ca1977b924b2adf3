import { InvalidArgumentError, type Random, requireCount, type Stateful } from "@accord-rl/core";
import { checkAlike, cutRows, type SequenceRow, stackRows } from "./sequence-rows.ts";

/** Whole sequences of the past, on the host. Part of the checkpoint of the algorithm that it is given to. */
export interface SequenceReplay extends Stateful {
  /** Sequences that it holds at most; the oldest make room. */
  readonly capacity: number;
  /** Sequences that it holds now. */
  readonly size: number;
  add(rows: readonly SequenceRow[]): void;
  /** `count` different sequences, or all where there are fewer. */
  sample(count: number, random: Random): readonly SequenceRow[];
}

/** Chooses `count` different ones of `size` sequences by their age: 0 = the newest. */
export type ReplaySampling = (size: number, count: number, random: Random) => readonly number[];

/** Every sequence as often as any other. */
export const uniformSampling: ReplaySampling = (size, count, random) => random.sample(size, count);

/**
 * Newer sequences more often: the weight of one halves with every `halfLife` sequences that came after it.
 *
 * Drawn without putting back, by the largest keys log w + Gumbel noise.
 *
 * @param halfLife  in sequences, above 0.
 * @see Efraimidis & Spirakis 2006. https://doi.org/10.1016/j.ipl.2005.11.003
 */
export const newestBiased = (halfLife: number): ReplaySampling => {
  if (!(halfLife > 0)) {
    throw new InvalidArgumentError({
      argument: "halfLife",
      value: halfLife,
      message: `newestBiased: halfLife is ${halfLife}, expected a number of sequences above 0`,
    });
  }
  return (size, count, random) => {
    const keys = Array.from({ length: size }, (_, age) => {
      const gumbel = -Math.log(-Math.log(random.uniform() + 2 ** -33));
      return { age, key: gumbel - (age * Math.LN2) / halfLife };
    });
    return keys
      .sort((a, b) => b.key - a.key)
      .slice(0, count)
      .map(({ age }) => age);
  };
};

/** A memory of whole sequences. They must all have the same shapes: fix the lengths of prompts and responses. */
export const createSequenceReplay = ({
  capacity,
  sampling = uniformSampling,
}: {
  readonly capacity: number;
  /** Default: `uniformSampling`. */
  readonly sampling?: ReplaySampling;
}): SequenceReplay => {
  requireCount("createSequenceReplay", "capacity", capacity);
  /** The oldest first. */
  let held: readonly SequenceRow[] = [];
  return {
    capacity,
    get size() {
      return held.length;
    },
    add: (rows) => {
      checkAlike("SequenceReplay.add", rows, held[0] ?? rows[0]);
      held = [...held, ...rows].slice(-capacity);
    },
    sample: (count, random) =>
      sampling(held.length, Math.min(count, held.length), random).map(
        (age) => held[held.length - 1 - age] as SequenceRow,
      ),
    state: async () => ({ tensors: stackRows(held), json: { size: held.length } }),
    restore: ({ tensors, json }) => {
      const size = (json as { size?: unknown } | null)?.size;
      const counts = Object.values(tensors).map(({ shape }) => shape[0]);
      if (typeof size !== "number" || size > capacity || counts.some((count) => count !== size)) {
        throw new InvalidArgumentError({
          argument: "state",
          value: json,
          message: `SequenceReplay.restore: got a state of ${String(size)} sequences with tensors of ${counts.join(", ")}, expected those of at most ${capacity} sequences`,
        });
      }
      held = cutRows(tensors);
    },
  };
};
