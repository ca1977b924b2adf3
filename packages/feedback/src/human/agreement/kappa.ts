import { InvalidArgumentError, requireLength, requireNumber, requireSameLength } from "@accord-rl/core";

import { type Difference, nominal } from "./differences.ts";

const ascending = (values: readonly number[]): number[] =>
  [...new Set(values)].sort((first, second) => first - second);

/** Agreement beyond chance can't be told where chance alone always agrees. */
const nothingVaries = (where: string): never => {
  throw new InvalidArgumentError({
    argument: "labels",
    value: undefined,
    message: `${where}: all labels are the same, so agreement can't be told from chance; more varied items are needed`,
  });
};

export interface CohenKappaOptions {
  /** nominal (default: any difference counts the same), linearSteps or quadraticSteps. */
  readonly difference?: Difference;
}

/**
 * Cohen's kappa of two raters on the same items: agreement beyond what their habits alone would give.
 *
 *   κ = 1 − Σ_ij δ_ij·o_ij / Σ_ij δ_ij·e_ij,   e_ij = row_i·column_j / n
 *
 * @param first  [n] categories as numbers; their order is that of an ordered scale.
 * @throws InvalidArgumentError where both always say the same one category: κ is 0/0.
 * @see Cohen 1960, https://doi.org/10.1177/001316446002000104; weighted: Cohen 1968.
 */
export const cohenKappa = (
  first: readonly number[],
  second: readonly number[],
  { difference = nominal }: CohenKappaOptions = {},
): number => {
  requireLength("cohenKappa", "first", first.length);
  requireSameLength("cohenKappa", ["first", "second"], first, second);
  for (const value of [...first, ...second]) requireNumber("cohenKappa", "label", value);
  const values = ascending([...first, ...second]);
  const counts = values.map(
    (value) =>
      first.filter((label) => label === value).length + second.filter((label) => label === value).length,
  );
  const scale = { values, counts };
  const [rows, columns] = [first, second].map((labels) => labels.map((label) => values.indexOf(label))) as [
    number[],
    number[],
  ];
  const observed = rows.reduce((sum, row, n) => sum + difference(row, columns[n] as number, scale), 0);
  let expected = 0;
  for (const i of values.keys()) {
    for (const j of values.keys()) {
      const [inRow, inColumn] = [
        rows.filter((row) => row === i).length,
        columns.filter((column) => column === j).length,
      ];
      expected += (difference(i, j, scale) * inRow * inColumn) / first.length;
    }
  }
  return expected === 0 ? nothingVaries("cohenKappa") : 1 - observed / expected;
};

/**
 * Fleiss' kappa of any number of raters, the same number for each item, not always the same persons.
 *
 *   κ = (P̄ − P̄_e)/(1 − P̄_e),   P_i = Σ_j n_ij(n_ij − 1) / (m(m − 1)),   P̄_e = Σ_j p_j²
 *
 * @param counts  [items × categories] how many raters chose each category.
 * @throws InvalidArgumentError where the items have different numbers of raters (use `krippendorffAlpha`), or fewer
 *   than two, or nothing varies.
 * @see Fleiss 1971. https://doi.org/10.1037/h0031619
 */
export const fleissKappa = (counts: readonly (readonly number[])[]): number => {
  requireLength("fleissKappa", "counts", counts.length);
  const raters = (counts[0] as readonly number[]).reduce((sum, count) => sum + count, 0);
  requireNumber("fleissKappa", "raters per item", raters, [2, Number.POSITIVE_INFINITY]);
  const totals = (counts[0] as readonly number[]).map(() => 0);
  let agreement = 0;
  for (const [i, row] of counts.entries()) {
    requireSameLength("fleissKappa", ["counts[0]", `counts[${i}]`], totals, row);
    const sum = row.reduce((total, count) => total + count, 0);
    if (sum !== raters) {
      throw new InvalidArgumentError({
        argument: `counts[${i}]`,
        value: sum,
        message: `fleissKappa: item ${i} has ${sum} raters, expected ${raters} as the first one has; use krippendorffAlpha where numbers differ`,
      });
    }
    for (const [j, count] of row.entries()) {
      totals[j] = (totals[j] as number) + count;
      agreement += (count * (count - 1)) / (raters * (raters - 1) * counts.length);
    }
  }
  const chance = totals.reduce((sum, total) => sum + (total / (raters * counts.length)) ** 2, 0);
  return chance === 1 ? nothingVaries("fleissKappa") : (agreement - chance) / (1 - chance);
};

/** How many raters chose each category, as `fleissKappa` needs it. @param labels [items × raters]. */
export const categoryCounts = (labels: readonly (readonly number[])[]): number[][] => {
  const values = ascending(labels.flat());
  return labels.map((row) => values.map((value) => row.filter((label) => label === value).length));
};
