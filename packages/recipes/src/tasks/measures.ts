import { rougeL, words } from "@accord-rl/evaluation";

/** ROUGE-L of an answer against a good one: F₁ of the longest common subsequence of words. */
export const likeness = (response: string, reference: string): number =>
  rougeL(words(response), words(reference)).f1;

/** Share of an answer's words that its source has too: a summary that adds nothing has 1. An empty one has 0. */
export const grounding = (response: string, source: string): number => {
  const own = words(response);
  const known = new Set(words(source));
  return own.length === 0 ? 0 : own.filter((word) => known.has(word)).length / own.length;
};
