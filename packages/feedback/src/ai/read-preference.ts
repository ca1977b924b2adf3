import { type Conversation, ModelError, type Random, type TextModel, type TokenUsage } from "@accord-rl/core";

/** What was read from one answer. */
export interface Reading {
  /** P(first label) − P(second label), in [−1, 1]; null where the answer can't be read. */
  readonly lean: number | null;
  readonly usage: TokenUsage;
}

/** Reads which of two labels a model chooses. With `random` the answer is sampled, where it is text. */
export type ReadPreference = (options: {
  readonly model: TextModel;
  readonly conversations: readonly Conversation[];
  readonly labels: readonly [string, string];
  readonly random?: Random;
}) => Promise<readonly Reading[]>;

export const noUsage: TokenUsage = { inputTokens: 0, outputTokens: 0 };

export const addUsage = (a: TokenUsage, b: Partial<TokenUsage>): TokenUsage => ({
  inputTokens: a.inputTokens + (b.inputTokens ?? 0),
  outputTokens: a.outputTokens + (b.outputTokens ?? 0),
});

/**
 * softmax(a, b)₁ − softmax(a, b)₂ = tanh((a − b)/2): odd in its arguments to the last bit. A label that was not
 * reported has −∞; null where neither was.
 */
export const leanOf = (a: number, b: number): number | null => {
  const lean = Math.tanh((a - b) / 2);
  return Number.isNaN(lean) ? null : lean;
};

/** The softmax over the log-probabilities of the two labels: soft, and without a word of text. */
export const readByLogProbs: ReadPreference = async ({ model, conversations, labels }) => {
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
  return scores.map(([a = Number.NaN, b = Number.NaN], i) => ({ lean: leanOf(a, b), usage: usages[i]! }));
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const isAlone = (text: string, label: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}])${escaped(label)}(?![\\p{L}\\p{N}])`, "u").test(text);

/** The label that a text chooses: the one it is or begins with, else the only one it names; −1 where neither is sure. */
export const findLetter = (text: string, labels: readonly [string, string]): 0 | 1 | -1 => {
  const answer = text.trim().replace(/^["'“(*[]+/u, "");
  const begins = (label: string) =>
    answer.startsWith(label) && /^($|\s*$|["'”)*\].,:;!]|\s*\n)/u.test(answer.slice(label.length));
  const found = labels.map(begins);
  const [first, second] = found[0] === found[1] ? labels.map((label) => isAlone(text, label)) : found;
  if (first === second) return -1;
  return first ? 0 : 1;
};

/** Takes the model's word: a hard choice, and what servers without log-probabilities leave. */
export const readByLetter: ReadPreference = async ({ model, conversations, labels, random }) => {
  const completions = await model.complete(conversations, { maxNewTokens: 8, ...(random ? { random } : {}) });
  return completions.map((completion) => {
    const letter = findLetter(completion.text, labels);
    return { lean: letter === -1 ? null : 1 - 2 * letter, usage: addUsage(noUsage, completion) };
  });
};
