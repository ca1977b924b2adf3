import type { Random } from "@accord-rl/core";
import { mean } from "@accord-rl/evaluation";
import {
  type EnsembleRule,
  ensembleMean,
  ensembleMinimum,
  uncertaintyWeighted,
} from "@accord-rl/reward-model";
import type { Options } from "./options.ts";
import { findPeak, type Peak, type SweepPoint, sweep } from "./sweep.ts";
import { createWorld, deviationOf, fitProxy, labelPairs, type World } from "./world.ts";

/** Pairs that accuracy is measured on; of each, the probability of being right is known. */
const heldOutPairs = 4000;

export const singleModel = "one model";
export const singleMember = "one member";
/** The rules that trust what members agree on. */
export const conservative = ["worst case", "mean − λ·variance"];
/** How an ensemble's members make one score. */
export const rules = ({ penalty }: Pick<Options, "penalty">): Readonly<Record<string, EnsembleRule>> => ({
  mean: ensembleMean,
  "worst case": ensembleMinimum,
  "mean − λ·variance": uncertaintyWeighted(penalty),
});

/** One line of samples.jsonl: a proxy of one world, and everything that optimising it does. */
export interface ProxyStudy {
  readonly kind: "sweep";
  readonly world: number;
  readonly labels: number;
  /** `singleModel`, `singleMember`, or a rule. */
  readonly proxy: string;
  /** Probability that it orders a new pair as a new label does. */
  readonly accuracy: number;
  /** The same of gold itself: no more can be had. */
  readonly ceiling: number;
  /** Deviation of its scores under the reference; the unit in which proxies are compared. */
  readonly deviation: number;
  readonly points: readonly SweepPoint[];
  readonly peak: Peak;
}

const createJudge = ({ gold, draw }: World, random: Random) => {
  const pairs = Array.from({ length: heldOutPairs }, () => [draw(random), draw(random)] as const);
  const sigmoid = (gap: number): number => 1 / (1 + Math.exp(-gap));
  /** Of labels that are drawn with P(first) = σ(gold₁ − gold₂). */
  return (scores: readonly number[]): number =>
    mean(
      pairs.map(([first, second]) => {
        const side = Math.sign(scores[first]! - scores[second]!);
        return side === 0 ? 0.5 : sigmoid(side * (gold[first]! - gold[second]!));
      }),
    );
};

/** The world of a seed, and the labels of its judge: every number of labels is a beginning of the same list. */
export const openWorld = (random: Random, labels: number) => {
  const world = createWorld(random.fork("world"));
  return { world, pairs: labelPairs(world, labels, random.fork("labels")) };
};

/** Everything that is computed exactly in one world. */
export const studyWorld = (number: number, options: Options, random: Random): ProxyStudy[] => {
  const { labels, members, ensembleLabels } = options;
  const { world, pairs } = openWorld(random, Math.max(...labels));
  const judge = createJudge(world, random.fork("held-out pairs"));
  const ceiling = judge(world.gold);
  const describe = (count: number, proxy: string, scores: readonly number[]): ProxyStudy => {
    const points = sweep(world, scores);
    const deviation = deviationOf(world.reference, scores);
    const found = { accuracy: judge(scores), ceiling, deviation, points, peak: findPeak(points) };
    return { kind: "sweep", world: number, labels: count, proxy, ...found };
  };
  const singles = labels.map((count) => describe(count, singleModel, fitProxy(world, pairs.slice(0, count))));
  // Members see the same labels, each a resample of them: that is where they differ.
  const source = random.fork("resamples");
  const scores = Array.from({ length: members }, () =>
    fitProxy(
      world,
      Array.from({ length: ensembleLabels }, () => pairs[source.integer(ensembleLabels)]!),
    ),
  );
  const ensembles = Object.entries(rules(options)).map(([name, rule]) =>
    describe(
      ensembleLabels,
      name,
      world.responses.map((_, i) => rule(scores.map((member) => member[i]!))),
    ),
  );
  return [...singles, describe(ensembleLabels, singleMember, scores[0]!), ...ensembles];
};
