import { InvalidArgumentError, requireNumber } from "@accord-rl/core";
import type { Interval } from "@accord-rl/evaluation";

import { type ResamplingOptions, resampledInterval } from "../../statistics/resampling.ts";
import { type Difference, nominal } from "./differences.ts";

/** What raters said of one item: a number each, null where somebody didn't. */
export type ItemLabels = readonly (number | null)[];

export interface AlphaOptions {
  /** nominal (default), ordinal, interval or ratio. */
  readonly difference?: Difference;
}

/** The labels that count: those of items that at least two raters labeled. */
const pairable = (items: readonly ItemLabels[]): number[][] =>
  items.map((labels) => labels.filter((label) => label !== null)).filter((labels) => labels.length >= 2);

/** α, or null where nothing varies. */
const alphaOf = (items: readonly ItemLabels[], difference: Difference): number | null => {
  const rows = pairable(items);
  const all = rows.flat();
  for (const label of all) requireNumber("krippendorffAlpha", "label", label);
  const values = [...new Set(all)].sort((first, second) => first - second);
  if (values.length < 2) return null;
  const positions = new Map(values.map((value, position) => [value, position]));
  const counts = values.map(() => 0);
  for (const label of all) {
    const position = positions.get(label) as number;
    counts[position] = (counts[position] as number) + 1;
  }
  const scale = { values, counts };
  const table = values.map((_, i) => values.map((_, j) => difference(i, j, scale)));
  const between = (i: number, j: number) => table[i]?.[j] as number;
  let observed = 0;
  for (const row of rows) {
    const places = row.map((label) => positions.get(label) as number);
    for (const i of places) {
      for (const j of places) observed += between(i, j) / (row.length - 1);
    }
  }
  let expected = 0;
  for (const [i, countI] of counts.entries()) {
    for (const [j, countJ] of counts.entries())
      expected += (countI * countJ * between(i, j)) / (all.length - 1);
  }
  return 1 - observed / expected;
};

const nothingToCompare = (): never => {
  throw new InvalidArgumentError({
    argument: "items",
    value: undefined,
    message:
      "krippendorffAlpha: no item has two labels, or all labels are the same, so agreement can't be told from chance",
  });
};

/**
 * Krippendorff's alpha: agreement of any number of raters, with labels missing, on any scale. 1 = all agree, 0 = as by
 * chance, below 0 = they contradict each other.
 *
 *   α = 1 − D_o/D_e,   D_o = (1/n)·Σ_items Σ_{i≠j} δ²/(m_u − 1),   D_e = Σ_ck n_c·n_k·δ²/(n(n − 1))
 *
 * @param items  [items × raters].
 * @throws InvalidArgumentError where nothing can be compared: α is 0/0.
 * @see Krippendorff 2011, Computing Krippendorff's alpha-reliability. https://repository.upenn.edu/asc_papers/43
 */
export const krippendorffAlpha = (
  items: readonly ItemLabels[],
  { difference = nominal }: AlphaOptions = {},
): number => alphaOf(items, difference) ?? nothingToCompare();

/** α with its bootstrap interval over items. */
export const krippendorffInterval = (
  items: readonly ItemLabels[],
  { difference = nominal, ...resampling }: AlphaOptions & ResamplingOptions,
): Interval => {
  krippendorffAlpha(items, { difference });
  return resampledInterval(items, (resample) => alphaOf(resample, difference), resampling);
};
