import type { Json } from "@accord-rl/core";
import { mean, standardDeviation } from "../statistics.ts";
import type { Observation, Signal } from "./types.ts";

/** A signal that is given with each observation. */
const given = (
  about: Omit<Signal, "measure">,
  read: (observation: Observation) => number | undefined,
): Signal => ({
  ...about,
  measure: (observation) => {
    const value = read(observation);
    return value === undefined ? undefined : { value };
  },
});

/** KL(policy ‖ reference), nats per response. */
export const klSignal: Signal = given(
  { name: "klNats", label: "KL to the reference, nats per response", sides: [1], resolution: 0.02 },
  ({ klNats }) => klNats,
);

/** Entropy of the policy: falls when it says one thing only. */
export const entropySignal: Signal = given(
  { name: "entropy", label: "entropy, nats per token", sides: [-1], resolution: 0.01 },
  ({ entropy }) => entropy,
);

/** Mean uncertainty of the reward: rises where the members of an ensemble have seen nothing of the kind. */
export const disagreementSignal: Signal = {
  name: "disagreement",
  label: "deviation of the reward models of a sample",
  sides: [1],
  resolution: 0.01,
  measure: ({ uncertainties }) =>
    uncertainties === undefined || uncertainties.length === 0
      ? undefined
      : { value: mean(uncertainties), perSample: uncertainties },
};

interface Baseline {
  readonly [key: string]: Json;
  readonly center: number;
  readonly deviation: number;
}

const baselineOf = (values: readonly number[]): Baseline => ({
  center: mean(values),
  deviation: standardDeviation(values) || 1,
});

/**
 * How much further the proxy rose than gold, both in deviations of the run's first samples: near 0 while more reward is
 * more of what is wanted. The growing gap between the two is over-optimization (Gao et al. 2022).
 */
export const goldGapSignal: Signal = {
  name: "goldGap",
  label: "gain of the reward less the gain of gold, in deviations of the first samples",
  sides: [1],
  resolution: 0.02,
  measure: ({ scores, gold }, memory) => {
    if (scores === undefined || gold === undefined) return undefined;
    const scored = scores.flatMap((score, index) =>
      score === null ? [] : [{ index, score, gold: gold[index] as number }],
    );
    if (scored.length === 0) return undefined;
    const [proxy, truth] = (memory as readonly [Baseline, Baseline] | null) ?? [
      baselineOf(scored.map(({ score }) => score)),
      baselineOf(scored.map((sample) => sample.gold)),
    ];
    const gap = (score: number, of: number): number =>
      (score - proxy.center) / proxy.deviation - (of - truth.center) / truth.deviation;
    const perSample = scores.map((score, index) =>
      score === null ? Number.NEGATIVE_INFINITY : gap(score, gold[index] as number),
    );
    return {
      value: mean(scored.map((sample) => gap(sample.score, sample.gold))),
      perSample,
      memory: [proxy, truth],
    };
  },
};
