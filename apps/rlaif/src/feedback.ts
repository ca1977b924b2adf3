import type { PreferencePair, Tokenizer } from "@accord-rl/core";
import {
  averageSources,
  type Calibration,
  fitTemperature,
  type LabelSource,
  mixLabels,
  type ResponsePair,
} from "@accord-rl/feedback";

/** The same pairs, as those know them whom a reward model can learn from. In each, `preferred` is whom people preferred. */
export interface Feedback {
  /** The first few, with what people said. */
  readonly human: readonly PreferencePair[];
  /** All that the labeler could read, with its probability. */
  readonly ai: readonly PreferencePair[];
  /** Both, with their weights; the labeler's probabilities as the few human labels say that they should be read. */
  readonly hybrid: readonly PreferencePair[];
  /** How to read the labeler's probabilities, by the human labels. */
  readonly calibration: Calibration;
}

/**
 * Pairs as the labeler sees them: texts, in an order that says nothing. Which of the two people preferred is not in it.
 *
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
  labels: readonly ({ readonly probability: number } | null)[],
  isPreferredFirst: readonly boolean[],
): (number | null)[] =>
  labels.map((label, i) => label && (isPreferredFirst[i] ? label.probability : 1 - label.probability));

/** Pairs with the labels of some sources; those without any are left out. */
const labelled = (pairs: readonly PreferencePair[], sources: readonly LabelSource[]): PreferencePair[] =>
  mixLabels(sources, { mix: averageSources }).flatMap((label, i) =>
    label === null ? [] : [{ ...pairs[i]!, probability: label.probability, weight: label.weight }],
  );

/**
 * Deals out who may learn from which label.
 *
 * @param probabilities  of the labeler: P(the one that people preferred is better), or null.
 */
export const dealFeedback = (
  pairs: readonly PreferencePair[],
  probabilities: readonly (number | null)[],
  { humanPairs, hybridWeight }: { readonly humanPairs: number; readonly hybridWeight: number },
): Feedback => {
  const human = { name: "human", weight: 1, probabilities: pairs.map((_, i) => (i < humanPairs ? 1 : null)) };
  const ai = { name: "AI", weight: 1, probabilities };
  // There is no constant to fit: a pair seen from its other side says the same.
  const known = probabilities.slice(0, humanPairs);
  const calibration = fitTemperature(
    known,
    known.map(() => 1),
  );
  const calibrated = probabilities.map((p) => (p === null ? null : calibration.calibrate(p)));
  return {
    human: labelled(pairs, [human]),
    ai: labelled(pairs, [ai]),
    hybrid: labelled(pairs, [
      { ...human, weight: hybridWeight },
      { ...ai, probabilities: calibrated },
    ]),
    calibration,
  };
};
