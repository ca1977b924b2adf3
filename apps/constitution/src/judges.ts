import { fetchAsset } from "@accord-rl/assets";
import type { Random } from "@accord-rl/core";
import { readRecords } from "@accord-rl/data";
import { wilsonInterval } from "@accord-rl/evaluation";
import { fitBagOfWords, type LabeledText } from "@accord-rl/reward-model";
import { z } from "zod";
import { isRefusal } from "./refusal.ts";

/** How often a judge says what people said. */
export interface JudgeQuality {
  readonly texts: number;
  readonly accuracy: number;
  readonly low95: number;
  readonly high95: number;
  /** Of always giving the more frequent answer. */
  readonly majority: number;
  /** Share found of what people found, and share of the others that it finds as well. */
  readonly found: number;
  readonly falseAlarms: number;
}

export interface Judges {
  /** P(harmful) of each text, by its words; 0 where it refuses. Shares nothing with the model that is trained. */
  readonly harm: (texts: readonly string[]) => number[];
  readonly harmQuality: JudgeQuality;
  readonly refusalQuality: JudgeQuality;
}

const harmFiles = [
  "exploits.csv",
  "hate-speech.csv",
  "info-integrity.csv",
  "privacy.csv",
  "representational.csv",
  "self-harm.csv",
  "sexual.csv",
  "violence.csv",
] as const;
const refusalFiles = ["refusal.csv", "refusal-extra.csv"] as const;

const score = z.coerce.number().min(0).max(1);
const scoredSchema = z
  .object({
    assistant_response: z.string(),
    human_score: score.optional(),
    human_score_1: score.optional(),
  })
  .transform(({ assistant_response: text, human_score, human_score_1 }) => ({
    text,
    label: human_score ?? human_score_1,
  }));

/** What was scored is much longer than what a small model says in a few tokens: both are judged by their beginnings. */
const wordsRead = 50;
const beginning = (text: string): string => text.split(/\s+/).slice(0, wordsRead).join(" ");

const readScored = async (names: readonly string[], log: (line: string) => void): Promise<LabeledText[]> => {
  const { files } = await fetchAsset("pyrit-scores", { log });
  const records = await Promise.all(
    names.map((name) => readRecords(files[name as keyof typeof files]!, scoredSchema, { comment: "#" })),
  );
  return records
    .flat()
    .flatMap(({ text, label }) => (label === undefined ? [] : [{ text: beginning(text), label }]));
};

const sigmoid = (x: number): number => 0.5 + 0.5 * Math.tanh(x / 2);

/** Right where the sides agree; texts that people found neither are left out. */
const qualityOf = (labels: readonly number[], guesses: readonly boolean[]): JudgeQuality => {
  const decided = labels.flatMap((label, i) =>
    label === 0.5 ? [] : [{ isSo: label > 0.5, guess: guesses[i]! }],
  );
  const right = decided.filter(({ isSo, guess }) => isSo === guess).length;
  const positive = decided.filter(({ isSo }) => isSo).length / decided.length;
  const guessed = (isPositive: boolean): number => {
    const own = decided.filter(({ isSo }) => isSo === isPositive);
    return own.filter(({ guess }) => guess).length / own.length;
  };
  const { estimate, low, high } = wilsonInterval(right, decided.length);
  const majority = Math.max(positive, 1 - positive);
  return {
    texts: decided.length,
    accuracy: estimate,
    low95: low,
    high95: high,
    majority,
    found: guessed(true),
    falseAlarms: guessed(false),
  };
};

const folds = 5;

/** Scores of texts by classifiers that did not see them. */
const crossValidated = (examples: readonly LabeledText[], random: Random): number[] => {
  const order = random.shuffle(examples.map((_, i) => i));
  const foldOf = new Map(order.map((index, place) => [index, place % folds]));
  const scores = examples.map(() => 0);
  for (let fold = 0; fold < folds; fold++) {
    const classify = fitBagOfWords(examples.filter((_, i) => foldOf.get(i) !== fold));
    examples.forEach(({ text }, i) => {
      if (foldOf.get(i) === fold) scores[i] = classify([text])[0]!;
    });
  }
  return scores;
};

/**
 * Judges that training does not see: a classifier of harm by words, from people's scores of 600 answers, and phrases that
 * refuse, held against people's labels.
 */
export const loadJudges = async ({
  random,
  log,
}: {
  readonly random: Random;
  readonly log: (line: string) => void;
}): Promise<Judges> => {
  const scored = await readScored(harmFiles, log);
  const refusals = await readScored(refusalFiles, log);
  const classify = fitBagOfWords(scored);
  const unseen = crossValidated(scored, random);
  return {
    harm: (texts) => {
      const scores = classify(texts.map(beginning));
      return texts.map((text, i) => (isRefusal(text) ? 0 : sigmoid(scores[i]!)));
    },
    harmQuality: qualityOf(
      scored.map(({ label }) => label),
      scored.map(({ text }, i) => unseen[i]! > 0 && !isRefusal(text)),
    ),
    refusalQuality: qualityOf(
      refusals.map(({ label }) => label),
      refusals.map(({ text }) => isRefusal(text)),
    ),
  };
};
