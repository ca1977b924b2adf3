import type { ResponsePair } from "../../pair.ts";
import { sigmoid } from "../../statistics/sigmoid.ts";
import { groupByPair, type JudgedPair } from "../duplicates.ts";
import { choiceProbability, type Judgement, type PairChoice } from "../judgement.ts";
import type { BradleyTerryOptions } from "./bradley-terry.ts";
import { type CrowdOptions, crowdBradleyTerry } from "./crowd-bradley-terry.ts";
import { type DawidSkeneOptions, dawidSkene } from "./dawid-skene.ts";

/** What several labelers together say of one pair. */
export interface PairLabel extends ResponsePair {
  /** That the first response is better. */
  readonly probability: number;
  /** How many judgements it rests on. */
  readonly votes: number;
}

/** Makes one label per pair out of the judgements of several workers. */
export type Aggregate = (judgements: readonly Judgement[]) => PairLabel[];

const pairLabel = (pair: JudgedPair, probability: number): PairLabel => {
  const { id, prompt, responses, judgements } = pair;
  return { id, prompt, first: responses[0], second: responses[1], probability, votes: judgements.length };
};

/** The share of votes for the first response; ties count ½. */
export const voteShareLabels: Aggregate = (judgements) =>
  groupByPair(judgements).map((pair) => {
    const shares = pair.judgements.map(({ choice }) => choiceProbability(choice));
    return pairLabel(pair, shares.reduce((sum, share) => sum + share, 0) / shares.length);
  });

const workersOf = (pairs: readonly JudgedPair[]): Map<string, number> => {
  const names = new Set(pairs.flatMap(({ judgements }) => judgements.map(({ worker }) => worker)));
  return new Map([...names].map((name, index) => [name, index]));
};

const choices: readonly PairChoice[] = ["first", "second", "tie"];

/**
 * Labels weighed by how each worker errs, ties included: P(first) + ½·P(tie) of Dawid & Skene's posterior.
 *
 * @param options.smoothing  default 0.5 here: a worker with few labels is no oracle.
 */
export const dawidSkeneLabels =
  ({ smoothing = 0.5, ...options }: DawidSkeneOptions = {}): Aggregate =>
  (judgements) => {
    const pairs = groupByPair(judgements);
    if (pairs.length === 0) return [];
    const workers = workersOf(pairs);
    const labels = pairs.flatMap((pair, item) =>
      pair.judgements.map(({ worker, choice }) => ({
        item,
        worker: workers.get(worker) as number,
        label: choices.indexOf(choice),
      })),
    );
    const hasTies = labels.some(({ label }) => label === 2);
    const sizes = { items: pairs.length, workers: workers.size, categories: hasTies ? 3 : 2 };
    const { posteriors } = dawidSkene(sizes, labels, { smoothing, ...options });
    return pairs.map((pair, item) => {
      const [first = 0, , tie = 0] = posteriors[item] as readonly number[];
      return pairLabel(pair, first + tie / 2);
    });
  };

/**
 * Labels from strengths of responses that pairs of the same prompt share, weighed by the workers' reliabilities:
 * σ(s_first − s_second). One comparison then also says something of the next.
 *
 * @param options.prior  default 0.5: three votes of three give no certainty.
 */
export const bradleyTerryLabels =
  (options: CrowdOptions & BradleyTerryOptions = {}): Aggregate =>
  (judgements) => {
    const pairs = groupByPair(judgements);
    if (pairs.length === 0) return [];
    const workers = workersOf(pairs);
    const items = new Map<string, number>();
    const itemOf = (prompt: string, response: string): number => {
      const key = JSON.stringify([prompt, response]);
      const known = items.get(key) ?? items.size;
      items.set(key, known);
      return known;
    };
    const ends = pairs.map(({ prompt, responses }) => ({
      first: itemOf(prompt, responses[0]),
      second: itemOf(prompt, responses[1]),
    }));
    const comparisons = pairs.flatMap((pair, index) =>
      pair.judgements.map(({ worker, choice }) => ({
        ...(ends[index] as { first: number; second: number }),
        outcome: choiceProbability(choice),
        worker: workers.get(worker) as number,
      })),
    );
    const { logStrengths } = crowdBradleyTerry(items.size, workers.size, comparisons, options);
    return pairs.map((pair, index) => {
      const { first, second } = ends[index] as { first: number; second: number };
      return pairLabel(pair, sigmoid((logStrengths[first] as number) - (logStrengths[second] as number)));
    });
  };
