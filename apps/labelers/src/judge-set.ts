import type { AbstainOptions, LabeledPreference, TextModel } from "@accord-rl/core";
import {
  type AiLabel,
  beginAnswer,
  createAiLabeler,
  createDirectReward,
  labelByScores,
  readByLetter,
  type ScaleProbabilities,
} from "@accord-rl/feedback";
import type { Run } from "@accord-rl/runs";
import { type ShownPair, shortestFirst } from "./known-pair.ts";
import type { Options } from "./options.ts";
import { type KnownSet, knownSets, type SetName } from "./sets.ts";

/** Pairs that are judged between two checkpoints. */
const pairsAtOnce = 16;

/** What a labeler is asked, once for each pair, the quick questions first; where there is an option, it says for how many pairs. */
export const questions = [
  { name: "choice", most: undefined },
  { name: "begun", most: "begunPairs" },
  { name: "score", most: "scoredPairs" },
  { name: "written", most: "writtenPairs" },
  { name: "thinking", most: "thinkingPairs" },
] as const;
export type Question = (typeof questions)[number]["name"];

/** One pair with the answer to one question, as a line of samples.jsonl. */
export interface Judgement {
  readonly set: SetName;
  readonly question: Question;
  readonly id: string;
  readonly truth: "first" | "second";
  /** Letters of the two responses. */
  readonly lengths: readonly [number, number];
  /** null where the labeler abstained, or refused. */
  readonly label: Pick<LabeledPreference & Partial<AiLabel>, "probability" | "orders" | "rationale"> | null;
  /** Why there is no label. */
  readonly abstention?: string;
}

export interface Asked {
  /** Keeps its answers. */
  readonly model: TextModel;
  /** How its tokenizer writes 10. */
  readonly probabilities: ScaleProbabilities;
  readonly values: Options;
}

type LabelSome = (
  pairs: readonly ShownPair[],
  options: AbstainOptions,
) => Promise<readonly (Judgement["label"] | null)[]>;

/** Direct scores of a pair's two answers; each kind of pair is asked about in its own words. */
const labelScores =
  ({ model, probabilities }: Asked, { promptFor }: KnownSet): LabelSome =>
  async (pairs, { onAbstain }) => {
    const labels = new Array<Judgement["label"]>(pairs.length).fill(null);
    for (const prompt of new Set(pairs.map(promptFor))) {
      const source = createDirectReward({ model, prompt, probabilities });
      const labeler = labelByScores({ source, name: `score:${prompt.name}` });
      const own = pairs.flatMap((pair, index) => (promptFor(pair) === prompt ? [{ pair, index }] : []));
      const given = await labeler.label(
        own.map(({ pair }) => pair),
        { onAbstain: (at, abstention) => onAbstain?.(own[at]!.index, abstention) },
      );
      own.forEach(({ index }, at) => {
        labels[index] = given[at]!;
      });
    }
    return labels;
  };

/**
 * How each question is asked. The choice is one pass per order: the letter that a greedy reader takes, the probability of one
 * order, and the mean over both are all read from its log-probs; so it is where the answer is begun for the model.
 */
const askers: Readonly<Record<Question, (asked: Asked, set: KnownSet) => LabelSome>> = {
  choice: ({ model }, set) => createAiLabeler({ model, prompt: set.promptFor }).label,
  begun: ({ model }, set) =>
    createAiLabeler({ model, prompt: (pair) => beginAnswer(set.promptFor(pair)) }).label,
  score: labelScores,
  written: ({ model }, set) =>
    createAiLabeler({ model, prompt: set.promptFor, read: readByLetter, bothOrders: false }).label,
  thinking: ({ model, values }, set) =>
    createAiLabeler({
      model,
      prompt: set.promptFor,
      chainOfThought: { maxNewTokens: values.thinkingTokens },
    }).label,
};

/** Asks one question about pairs of one set; what was answered before a stop is in samples.jsonl and in the cache. */
export const askAbout = (
  run: Run,
  {
    set,
    question,
    pairs,
  }: { readonly set: SetName; readonly question: Question; readonly pairs: readonly ShownPair[] },
  asked: Asked,
): Promise<void> => {
  const label = askers[question](asked, knownSets[set]);
  const sorted = shortestFirst(pairs);
  return run.stage(`${set}-${question}`, (stage) =>
    stage.loop({
      steps: Math.ceil(pairs.length / pairsAtOnce),
      every: 1,
      show: ["right"],
      body: async (index) => {
        const some = sorted.slice(index * pairsAtOnce, (index + 1) * pairsAtOnce);
        const reasons = new Map<number, string>();
        const labels = await label(some, { onAbstain: (i, { reason }) => reasons.set(i, reason) });
        const judgements = some.map(({ id, truth, first, second }, i): Judgement => {
          const given = labels[i];
          return {
            ...{ set, question, id, truth, lengths: [first.length, second.length] },
            label: given
              ? {
                  probability: given.probability,
                  orders: given.orders ?? null,
                  ...(given.rationale !== undefined && { rationale: given.rationale }),
                }
              : null,
            ...(!given && { abstention: reasons.get(i) ?? "no reason given" }),
          };
        });
        stage.samples(judgements);
        const right = judgements.filter(
          ({ label, truth }) => label !== null && label.probability > 0.5 === (truth === "first"),
        );
        return { right: right.length / some.length };
      },
    }),
  );
};
