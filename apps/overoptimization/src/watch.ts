import type { Random } from "@accord-rl/core";
import {
  type Alarm,
  createMonitors,
  type Observation,
  standardSignals,
  type Thresholds,
} from "@accord-rl/evaluation";
import type { Options } from "./options.ts";
import { openWorld } from "./study.ts";
import { gibbs } from "./sweep.ts";
import { expected, fitProxy } from "./world.ts";

export const signals = standardSignals();
const iterations = 20;
const batch = 64;
/** Nats beyond which a clean run does not go: less than where gold usually peaks. */
export const cleanKl = 1;

/** A run as monitors see it, and what they can't see: gold of the whole policy at each iteration. */
export interface WatchedRun {
  readonly observations: readonly Observation[];
  readonly gold: readonly number[];
}

/** The first number whose cumulative probability is above u. */
const search = (cumulative: Float64Array, u: number): number => {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > u) high = middle;
    else low = middle + 1;
  }
  return low;
};

/**
 * Samples of a policy that goes down the frontier of a proxy in a world of its own, iteration by iteration. A clean one
 * stops at `cleanKl`; the other goes on until there is next to no penalty.
 */
export const simulateRun = (
  { ensembleLabels }: Options,
  { isClean, random }: { readonly isClean: boolean; readonly random: Random },
): WatchedRun => {
  const { world, pairs } = openWorld(random, ensembleLabels);
  const proxy = fitProxy(world, pairs);
  const gold: number[] = [];
  let beta = 6;
  const observations = Array.from({ length: iterations }, (_, iteration): Observation => {
    const next = gibbs(world, proxy, beta * 0.78);
    if (iteration > 0 && (!isClean || next.klNats <= cleanKl)) beta *= 0.78;
    const { distribution, klNats } = gibbs(world, proxy, beta);
    let below = 0;
    const cumulative = Float64Array.from(distribution, (probability) => {
      below += probability;
      return below;
    });
    const drawn = Array.from({ length: batch }, () => search(cumulative, random.uniform() * below));
    const entropy = -expected(
      distribution,
      distribution.map((probability) => (probability > 0 ? Math.log(probability) : 0)),
    );
    gold.push(expected(distribution, world.gold));
    return {
      iteration,
      samples: drawn.map((index) => ({ prompt: "", response: world.responses[index]!.join(" ") })),
      scores: drawn.map((index) => proxy[index]!),
      gold: drawn.map((index) => world.gold[index]!),
      klNats,
      entropy: entropy / world.mdp.length,
    };
  });
  return { observations, gold };
};

/** One line of samples.jsonl: a run that the monitors watched. */
export interface WatchedRow {
  readonly kind: "watched";
  readonly run: number;
  readonly isClean: boolean;
  /** Where gold was highest, and how much of it was lost by the end. */
  readonly peakIteration: number;
  readonly drop: number;
  readonly alarms: readonly Pick<Alarm, "iteration" | "monitor">[];
}

export const watchRun = (
  number: number,
  { observations, gold }: WatchedRun,
  { isClean, thresholds }: { readonly isClean: boolean; readonly thresholds: Thresholds },
): WatchedRow => {
  const monitors = createMonitors({ signals, thresholds });
  const alarms = observations
    .flatMap((observation) => monitors.observe(observation))
    .map(({ iteration, monitor }) => ({ iteration, monitor }));
  const highest = gold.indexOf(Math.max(...gold));
  return {
    kind: "watched",
    run: number,
    isClean,
    peakIteration: highest,
    drop: gold[highest]! - gold.at(-1)!,
    alarms,
  };
};
