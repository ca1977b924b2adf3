import type { PreferencePair, Tokenizer } from "@accord-rl/core";
import type { AiLabel, ResponsePair } from "@accord-rl/feedback";

/** The same pairs, as those know them whom a reward model can learn from. */
export interface Feedback {
  /** The first few, with what people said. */
  readonly human: readonly PreferencePair[];
  /** All that the labeler could read, with its probability: `preferred` is still whom people preferred. */
  readonly ai: readonly PreferencePair[];
  /** People's word where it is known, and the labeler's elsewhere. */
  readonly hybrid: readonly PreferencePair[];
}

/**
 * Pairs as the labeler sees them: texts, in an order that says nothing. Which of the two people preferred is not in it.
 *
 * @param pairs  `preferred` is the one that people preferred.
 * @param isPreferredFirst  one for each pair.
 */
export const shownPairs = (
  pairs: readonly PreferencePair[],
  tokenizer: Tokenizer,
  isPreferredFirst: readonly boolean[],
): ResponsePair[] =>
  pairs.map(({ preferred, rejected }, i) => {
    const texts = [preferred, rejected].map((tokens) => tokenizer.decode(tokens).trim()) as [string, string];
    const [first, second] = isPreferredFirst[i] ? texts : [texts[1], texts[0]];
    return { id: `pair ${i + 1}`, prompt: "", first, second };
  });

/** P(the one that people preferred is better), by the labeler; null where it abstained. */
export const agreementOf = (
  labels: readonly (Pick<AiLabel, "probability"> | null)[],
  isPreferredFirst: readonly boolean[],
): (number | null)[] =>
  labels.map((label, i) => label && (isPreferredFirst[i] ? label.probability : 1 - label.probability));

/** Deals out who may learn from which label. */
export const dealFeedback = (
  pairs: readonly PreferencePair[],
  probabilities: readonly (number | null)[],
  { humanPairs, hybridWeight }: { readonly humanPairs: number; readonly hybridWeight: number },
): Feedback => {
  const judged = (from: number): PreferencePair[] =>
    pairs.slice(from).flatMap((pair, i) => {
      const probability = probabilities[from + i];
      return probability === null || probability === undefined ? [] : [{ ...pair, probability }];
    });
  const known = pairs.slice(0, humanPairs);
  return {
    human: known,
    ai: judged(0),
    hybrid: [...known.map((pair) => ({ ...pair, weight: hybridWeight })), ...judged(humanPairs)],
  };
};
