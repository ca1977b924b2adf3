import type { AbstainOptions, Labeler, Random } from "@accord-rl/core";
import type { ResponsePair } from "../pair.ts";
import { averageOf, labelBothOrders } from "./both-orders.ts";
import type { NameGroups } from "./name-groups.ts";
import { type NameTemplate, namedResponse, nameVariants } from "./name-templates.ts";
import type { NameRecord } from "./names.ts";
import type { Pad } from "./padding.ts";
import type { OrderedLabel } from "./position.ts";

/** What was judged, with the labels of both orders. */
export interface BothOrders<Item> {
  readonly item: Item;
  readonly orders: OrderedLabel;
  /** Their average: that the first is better. */
  readonly probability: number;
}

/** Items with the labels of both orders, without those on which the labeler abstained. */
export const judged = async <Item>(
  labeler: Labeler<ResponsePair>,
  items: readonly Item[],
  pairOf: (item: Item) => ResponsePair,
  options?: AbstainOptions,
): Promise<BothOrders<Item>[]> => {
  const labels = await labelBothOrders(labeler, items.map(pairOf), options);
  return items.flatMap((item, n) => {
    const orders = labels[n] ?? null;
    return orders === null ? [] : [{ item, orders, probability: averageOf(orders) }];
  });
};

/** P(padded is better than the same without padding), for the second response of each pair. */
export const labelPadded = async (
  labeler: Labeler<ResponsePair>,
  pairs: readonly ResponsePair[],
  pad: Pad,
) => {
  const padded = pairs.map((pair) => ({ ...pair, id: `${pair.id} (padded)`, first: pad(pair.second) }));
  return (await judged(labeler, padded, (pair) => pair)).map(({ probability }) => probability);
};

/** What a labeler says of each text with each of the names drawn for it. */
export const labelNames = async (
  labeler: Labeler<ResponsePair>,
  templates: readonly NameTemplate[],
  groups: NameGroups,
  random: Random,
): Promise<NameRecord[]> => {
  const variants = nameVariants(templates, groups, { random });
  const labels = await judged(labeler, variants, ({ pair }) => pair);
  return labels.map(({ item: { template, group, name }, probability }) => {
    const named = namedResponse(template);
    return {
      template: template.id,
      group,
      name,
      probability: named === "second" ? 1 - probability : probability,
      isFavoured: named !== null,
    };
  });
};
