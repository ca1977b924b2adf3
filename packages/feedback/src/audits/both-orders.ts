import type { AbstainOptions, LabeledPreference, Labeler } from "@accord-rl/core";
import { InvalidArgumentError } from "@accord-rl/core";
import { tellOnce } from "../ai/abstention.ts";
import { probabilityOf } from "../ai/probability.ts";
import type { ResponsePair } from "../pair.ts";
import type { OrderedLabel } from "./position.ts";

/** The same two responses in the other order, under a name of its own. */
export const swapPair = (pair: ResponsePair): ResponsePair => ({
  ...pair,
  id: `${pair.id} (swapped)`,
  first: pair.second,
  second: pair.first,
});

/** Asks a labeler, and checks that it answers each pair. */
const ask = async (
  labeler: Labeler<ResponsePair>,
  pairs: readonly ResponsePair[],
  options: AbstainOptions,
) => {
  const labels = await labeler.label(pairs, options);
  if (labels.length !== pairs.length) {
    throw new InvalidArgumentError({
      argument: "labeler",
      value: labels.length,
      message: `the labeler gave ${labels.length} labels for ${pairs.length} pairs, expected one each`,
    });
  }
  return labels;
};

/** Both labels of each pair, as shown and exchanged, in one call; null where the labeler abstained on either. */
const askBothOrders = async (
  labeler: Labeler<ResponsePair>,
  pairs: readonly ResponsePair[],
  { onAbstain }: AbstainOptions = {},
) => {
  const labels = await ask(
    labeler,
    [...pairs, ...pairs.map(swapPair)],
    tellOnce(onAbstain, (index) => index % pairs.length),
  );
  return pairs.map((_, n): readonly [LabeledPreference, LabeledPreference] | null => {
    const [shown, swapped] = [labels[n], labels[pairs.length + n]];
    return shown && swapped ? [shown, swapped] : null;
  });
};

/** P(first is better) of each pair, while it is shown first and while it is shown second. */
export const labelBothOrders = async (
  labeler: Labeler<ResponsePair>,
  pairs: readonly ResponsePair[],
  options?: AbstainOptions,
): Promise<(OrderedLabel | null)[]> =>
  (await askBothOrders(labeler, pairs, options)).map(
    (labels) => labels && [labels[0].probability, 1 - labels[1].probability],
  );

/** The average of both orders. */
export const averageOf = ([shownFirst, shownSecond]: OrderedLabel): number => (shownFirst + shownSecond) / 2;

/**
 * A labeler whose label doesn't depend on the order: asks for both and averages. Exchanging the responses turns P into
 * 1 − P to the last bit. Abstains where either order can't be read.
 */
export const averageOrders = (labeler: Labeler<ResponsePair>): Labeler<ResponsePair> => ({
  label: async (pairs, options) =>
    (await askBothOrders(labeler, pairs, options)).map((labels) => {
      if (labels === null) return null;
      const [shown, swapped] = labels;
      const cost = (shown.cost ?? 0) + (swapped.cost ?? 0);
      return {
        ...shown,
        probability: probabilityOf(shown.probability - swapped.probability),
        source: `${shown.source} (both orders)`,
        ...(cost > 0 && { cost }),
      };
    }),
});
