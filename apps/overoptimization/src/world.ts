import type { PreferencePair, Random } from "@accord-rl/core";
import { describeTokenPolicy, enumerateResponses, type TokenMdp } from "@accord-rl/environments";
import { fitLinearReward } from "@accord-rl/reward-model";

const vocabularySize = 10;
const length = 4;
const single = length * vocabularySize;
/** Tokens at their places, and pairs of neighbours at theirs. */
const featureCount = single + (length - 1) * vocabularySize ** 2;

const featuresOf = (tokens: ArrayLike<number>): number[] =>
  Array.from(tokens).flatMap((token, t) => {
    const own = t * vocabularySize + token;
    return t === 0
      ? [own]
      : [own, single + ((t - 1) * vocabularySize + (tokens[t - 1] as number)) * vocabularySize + token];
  });

/** Zipf's law: what is rarely said is what labels say little about. */
const habits = Array.from({ length: vocabularySize }, (_, rank) => 1 / (rank + 1) ** 1.2);
const total = habits.reduce((sum, weight) => sum + weight, 0);
const probabilities = habits.map((weight) => weight / total);

/** How much worse the rarest token is than the most frequent one, in deviations of tokens: people say what is good. */
const harm = 3;
/** Deviation of what pairs of neighbours are worth, beside 1 of single tokens. */
const interaction = 1.5;
/** Of gold under the reference: the difference of two responses has deviation 2, which makes labels right at most 78 %. */
export const goldDeviation = Math.SQRT2;

/** A language in which everything is known: 10,000 responses, how likely they are, and what they are worth. */
export interface World {
  readonly mdp: TokenMdp;
  readonly responses: readonly (readonly number[])[];
  /** Probability of each response before any training. */
  readonly reference: readonly number[];
  /** What each response is worth, in log-odds of the judge: mean 0 under the reference. */
  readonly gold: readonly number[];
  indexOf(response: ArrayLike<number>): number;
  /** A response of the reference, by its number. */
  draw(random: Random): number;
}

export const expected = (distribution: readonly number[], values: readonly number[]): number =>
  distribution.reduce((sum, probability, i) => sum + probability * values[i]!, 0);

export const deviationOf = (distribution: readonly number[], values: readonly number[]): number => {
  const center = expected(distribution, values);
  return Math.sqrt(
    expected(
      distribution,
      values.map((value) => (value - center) ** 2),
    ),
  );
};

/** All worlds speak alike; what they differ in is what is good. */
const language = { vocabularySize, length, reference: () => probabilities, reward: () => 0 };
const responses = enumerateResponses(language);
const reference = describeTokenPolicy(language, () => probabilities, { beta: 1 }).probabilities;

const indexOf = (response: ArrayLike<number>): number =>
  Array.from(response).reduce((index, token) => index * vocabularySize + token, 0);

export const createWorld = (random: Random): World => {
  const weights = Array.from({ length: featureCount }, (_, feature) =>
    feature < single
      ? random.normal() - (harm * (feature % vocabularySize)) / (vocabularySize - 1)
      : interaction * random.normal(),
  );
  const raw = responses.map((response) =>
    featuresOf(response).reduce((sum, feature) => sum + weights[feature]!, 0),
  );
  const center = expected(reference, raw);
  const deviation = deviationOf(reference, raw);
  const gold = raw.map((value) => (goldDeviation * (value - center)) / deviation);
  const tokenOf = (u: number): number => {
    let below = 0;
    const token = probabilities.findIndex((probability) => {
      below += probability;
      return u < below;
    });
    return token < 0 ? 0 : token;
  };
  return {
    mdp: { ...language, reward: (response) => gold[indexOf(response)]! },
    responses,
    reference,
    gold,
    indexOf,
    draw: (source) => indexOf(Array.from({ length }, () => tokenOf(source.uniform()))),
  };
};

/** Pairs of the reference's responses as Bradley and Terry's judge labels them: P(first is better) = σ(gold₁ − gold₂). */
export const labelPairs = (
  { responses, gold, draw }: World,
  count: number,
  random: Random,
): PreferencePair[] =>
  Array.from({ length: count }, () => {
    const [first, second] = [draw(random), draw(random)];
    const isFirst = random.uniform() < 1 / (1 + Math.exp(gold[second]! - gold[first]!));
    const [better, worse] = isFirst ? [first, second] : [second, first];
    return { preferred: responses[better]!, rejected: responses[worse]! };
  });

/** A proxy's score of every response, mean 0 under the reference. It can be exactly right: it sees all that gold sees. */
export const fitProxy = ({ responses, reference }: World, pairs: readonly PreferencePair[]): number[] => {
  const scores = fitLinearReward(pairs, { size: featureCount, features: featuresOf, l2: 0.3 })(responses);
  const center = expected(reference, scores);
  return scores.map((score) => score - center);
};
