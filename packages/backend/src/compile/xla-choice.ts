import type { LoadedGraph } from "./load-graph.ts";

/**
 * How a function runs: as a graph (false), compiled by XLA (true), or as whichever is faster here ("auto"). XLA rounds
 * differently, so "auto" gives a run that can't be repeated bit for bit.
 */
export type XlaChoice = boolean | "auto";

/** Timed calls of each kind, after one that warms up. */
const trials = 4;

/**
 * A graph, plain or with XLA. With "auto" the first calls alternate and are timed, and the faster one stays.
 *
 * @param now  milliseconds.
 */
export const chooseFaster = (
  choice: XlaChoice,
  loadPlain: () => LoadedGraph,
  loadWithXla: () => LoadedGraph,
  now: () => number = () => performance.now(),
): LoadedGraph => {
  if (choice !== "auto") return choice ? loadWithXla() : loadPlain();
  const candidates = [loadPlain(), loadWithXla()] as const;
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let calls = 0;
  let chosen: LoadedGraph | undefined;
  return {
    call: (ids) => {
      if (chosen !== undefined) return chosen.call(ids);
      const index = calls % 2;
      const start = now();
      const results = candidates[index]!.call(ids);
      if (calls >= 2) best[index] = Math.min(best[index]!, now() - start);
      calls += 1;
      if (calls === 2 * (trials + 1)) {
        const faster = best[1]! < best[0]! ? 1 : 0;
        chosen = candidates[faster]!;
        candidates[1 - faster]!.release();
      }
      return results;
    },
    release: () =>
      chosen === undefined ? candidates.forEach(({ release }) => void release()) : chosen.release(),
  };
};
