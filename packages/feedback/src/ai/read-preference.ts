import {
  type Abstention,
  type Conversation,
  ModelError,
  type Random,
  type TextModel,
  type TokenUsage,
} from "@accord-rl/core";
import { finalAnswer } from "../models/thoughts.ts";
import { cutOff, littleProbability, noLabel } from "./abstention.ts";
import { completeWithRoom, defaultThinkingTokens } from "./thinking-room.ts";
import { addUsage, noUsage } from "./usage.ts";

/** What was read from one answer. */
export interface Reading {
  /** P(first label) − P(second label), in [−1, 1]; null where the answer can't be read. */
  readonly lean: number | null;
  readonly usage: TokenUsage;
  /** Why `lean` is null. */
  readonly abstention?: Abstention;
}

/** Reads which of two labels a model chooses. With `random` the answer is sampled, where it is text. */
export type ReadPreference = (options: {
  readonly model: TextModel;
  readonly conversations: readonly Conversation[];
  readonly labels: readonly [string, string];
  readonly random?: Random;
  /** Least probability of both labels together. Default `defaultMinimumProbability`. */
  readonly minimumProbability?: number;
  /** Further tokens for a model that is cut off while it thinks. Default `defaultThinkingTokens`. */
  readonly thinkingTokens?: number;
}) => Promise<readonly Reading[]>;

/**
 * Below it, nine of ten answers would begin with something else than a label (a thought, a refusal, a sentence), and the
 * first token then often contradicts what the answer says in the end.
 *
 * @see Wang et al. 2024, "My Answer is C". https://arxiv.org/abs/2402.14499
 */
export const defaultMinimumProbability = 0.1;

/** The candidates together are at least this likely. Σ exp(log p). */
export const haveProbability = (logProbs: readonly number[], minimum: number): boolean =>
  logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0) >= minimum;

/**
 * softmax(a, b)₁ − softmax(a, b)₂ = tanh((a − b)/2): odd in its arguments to the last bit. A label that was not
 * reported has −∞; null where neither was.
 */
export const leanOf = (a: number, b: number): number | null => {
  const lean = Math.tanh((a - b) / 2);
  return Number.isNaN(lean) ? null : lean;
};

/** The softmax over the log-probabilities of the two labels: soft, and without a word of text. */
export const readByLogProbs: ReadPreference = async ({ model, conversations, labels, ...options }) => {
  const { minimumProbability = defaultMinimumProbability } = options;
  if (!model.scoreCandidates) {
    const message = "can't give log-probabilities, which readByLogProbs reads; use readByLetter";
    throw new ModelError({ model: model.name, message });
  }
  const usages = conversations.map(() => noUsage);
  const scores = await model.scoreCandidates(conversations, labels, {
    onUsage: (index, usage) => {
      usages[index] = usage;
    },
  });
  return scores.map(([a = Number.NaN, b = Number.NaN], i) => {
    const lean = haveProbability([a, b], minimumProbability) ? leanOf(a, b) : null;
    return { lean, usage: usages[i]!, ...(lean === null && { abstention: littleProbability }) };
  });
};

const isWordCharacter = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}]/u.test(character);

/** The label stands somewhere in the text, and is no part of a longer word or number. */
const isAlone = (text: string, label: string): boolean => {
  for (let at = text.indexOf(label); at >= 0; at = text.indexOf(label, at + 1)) {
    const before = [...text.slice(Math.max(0, at - 2), at)].at(-1);
    const after = [...text.slice(at + label.length, at + label.length + 2)][0];
    if (!isWordCharacter(before) && !isWordCharacter(after)) return true;
  }
  return false;
};

const closing = new Set([...`"'”)*].,:;!`]);

/** The text begins with the label, and goes on with a sign that ends a choice, with a new line, or not at all. */
const beginsWith = (text: string, label: string): boolean => {
  if (!text.startsWith(label)) return false;
  const rest = text.slice(label.length);
  const next = rest[0];
  if (next === undefined || closing.has(next)) return true;
  const trimmed = rest.trimStart();
  const space = rest.slice(0, rest.length - trimmed.length);
  return trimmed === "" || space.includes("\n");
};

/** The label that a text chooses: the one it is or begins with, else the only one it names; −1 where neither is sure. */
export const findLetter = (text: string, labels: readonly [string, string]): 0 | 1 | -1 => {
  const answer = text.trim().replace(/^["'“(*[]+/u, "");
  const found = labels.map((label) => beginsWith(answer, label));
  const [first, second] = found[0] === found[1] ? labels.map((label) => isAlone(text, label)) : found;
  if (first === second) return -1;
  return first ? 0 : 1;
};

/** Takes the model's word: a hard choice, and what servers without log-probabilities leave. */
export const readByLetter: ReadPreference = async ({ model, conversations, labels, random, ...options }) => {
  const { thinkingTokens = defaultThinkingTokens } = options;
  const completions = await completeWithRoom(model, conversations, {
    maxNewTokens: 8,
    thinkingTokens,
    ...(random ? { random } : {}),
  });
  return completions.map((completion): Reading => {
    const usage = addUsage(noUsage, completion);
    const answer = finalAnswer(completion);
    if (answer === null) return { lean: null, usage, abstention: cutOff };
    const letter = findLetter(answer, labels);
    return letter === -1 ? { lean: null, usage, abstention: noLabel } : { lean: 1 - 2 * letter, usage };
  });
};
