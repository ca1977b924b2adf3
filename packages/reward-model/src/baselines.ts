import { InvalidArgumentError, type PreferenceBatch, type TokenSequence } from "@accord-rl/core";
import { fitLogistic, type SparseRow } from "./logistic-regression.ts";
import { fitVectorizer, type VectorizerOptions, wordTerms } from "./vectorizer.ts";

/** Scores texts at once, without a model of language: what a reward model has to beat. */
export type BaselineScorer<Text> = (texts: readonly Text[]) => number[];

export interface BagOfWordsOptions extends VectorizerOptions {
  /** λ of (λ/2)·‖w‖². Default 0.1. */
  readonly l2?: number;
}

const requireSome = (where: string, argument: string, examples: readonly unknown[]): void => {
  if (examples.length > 0) return;
  throw new InvalidArgumentError({
    argument,
    value: examples,
    message: `${where}: ${argument} is empty, expected at least one`,
  });
};

const scoreRow = ({ indices, values }: SparseRow, weights: Float64Array): number =>
  indices.reduce((sum, index, k) => sum + (values[k] as number) * (weights[index] as number), 0);

/** first − second; an index of both is listed twice, which adds up to the same. */
const difference = (first: SparseRow, second: SparseRow): SparseRow => ({
  indices: Uint32Array.of(...first.indices, ...second.indices),
  values: Float64Array.of(...first.values, ...second.values.map((value) => -value)),
});

/**
 * Scores by length alone, w·tokens/100: what a preference for long (or short) texts already explains.
 *
 * @param pairs  those that the reward model is trained on.
 */
export const fitLengthBaseline = (
  pairs: PreferenceBatch,
  { l2 = 1e-3 }: { readonly l2?: number } = {},
): BaselineScorer<TokenSequence> => {
  requireSome("fitLengthBaseline", "pairs", pairs);
  const rows = pairs.map(({ preferred, rejected }) => ({
    indices: Uint32Array.of(0),
    values: Float64Array.of((preferred.length - rejected.length) / 100),
  }));
  const labels = pairs.map(({ probability = 1 }) => probability);
  const [weight = 0] = fitLogistic(rows, labels, { features: 1, l2 });
  return (texts) => texts.map(({ length }) => (weight * length) / 100);
};

/**
 * Bradley-Terry on tf-idf vectors of tokens: P(first is better) = σ(w·(x₁ − x₂)).
 *
 * @param pairs  those that the reward model is trained on.
 */
export const fitBagOfTokens = (
  pairs: PreferenceBatch,
  { l2 = 0.1, ...vectorizerOptions }: BagOfWordsOptions = {},
): BaselineScorer<TokenSequence> => {
  requireSome("fitBagOfTokens", "pairs", pairs);
  const documents = pairs.flatMap(({ preferred, rejected }) => [Array.from(preferred), Array.from(rejected)]);
  const { features, vector } = fitVectorizer(documents, vectorizerOptions);
  const rows = pairs.map(({ preferred, rejected }) =>
    difference(vector(Array.from(preferred)), vector(Array.from(rejected))),
  );
  const labels = pairs.map(({ probability = 1 }) => probability);
  const weights = fitLogistic(rows, labels, { features, l2 });
  return (texts) => texts.map((tokens) => scoreRow(vector(Array.from(tokens)), weights));
};

export interface LinearRewardOptions {
  /** F: how many features there are. */
  readonly size: number;
  /** The features that a text has, 0 to F − 1; one that is listed twice counts twice. */
  readonly features: (tokens: TokenSequence) => ArrayLike<number>;
  /** λ of (λ/2)·‖w‖². Default 1. */
  readonly l2?: number;
}

/**
 * Bradley-Terry on features of your own: P(first is better) = σ(w·(x₁ − x₂)). A reward model whose errors are known, since
 * it is right wherever the truth is linear in the features and there are labels enough.
 */
export const fitLinearReward = (
  pairs: PreferenceBatch,
  { size, features, l2 = 1 }: LinearRewardOptions,
): BaselineScorer<TokenSequence> => {
  requireSome("fitLinearReward", "pairs", pairs);
  const vector = (tokens: TokenSequence): SparseRow => {
    const indices = Uint32Array.from(features(tokens));
    const beyond = indices.find((index) => index >= size);
    if (beyond !== undefined) {
      throw new InvalidArgumentError({
        argument: "features",
        value: beyond,
        message: `fitLinearReward: a text has feature ${beyond}, expected numbers from 0 to ${size - 1}`,
      });
    }
    return { indices, values: new Float64Array(indices.length).fill(1) };
  };
  const rows = pairs.map(({ preferred, rejected }) => difference(vector(preferred), vector(rejected)));
  const labels = pairs.map(({ probability = 1 }) => probability);
  const weights = fitLogistic(rows, labels, { features: size, l2 });
  return (texts) => texts.map((tokens) => scoreRow(vector(tokens), weights));
};

export interface LabeledText {
  readonly text: string;
  /** 0 to 1: how much of it is of the positive kind. */
  readonly label: number;
}

/**
 * A classifier of texts by their words and n-grams of words: a judge that shares nothing with a language model.
 *
 * @param examples  labelled texts that nothing else is trained on.
 * @returns scores texts by their log-odds of the positive label.
 */
export const fitBagOfWords = (
  examples: readonly LabeledText[],
  { l2 = 0.1, ngrams = 2, minDocuments = 2, ...rest }: BagOfWordsOptions = {},
): BaselineScorer<string> => {
  requireSome("fitBagOfWords", "examples", examples);
  const documents = examples.map(({ text }) => wordTerms(text));
  const vectorizer = fitVectorizer(documents, { ngrams, minDocuments, ...rest });
  const { features } = vectorizer;
  // An intercept as one more feature: its value makes its share of the penalty small.
  const withIntercept = (row: SparseRow): SparseRow => ({
    indices: Uint32Array.of(...row.indices, features),
    values: Float64Array.of(...row.values, interceptValue),
  });
  const rows = documents.map((terms) => withIntercept(vectorizer.vector(terms)));
  const labels = examples.map(({ label }) => label);
  const weights = fitLogistic(rows, labels, { features: features + 1, l2 });
  return (texts) => texts.map((text) => scoreRow(withIntercept(vectorizer.vector(wordTerms(text))), weights));
};

const interceptValue = 10;
