import { AccordError } from "@accord-rl/core";

/** Numbers of both sides may differ by this much and no more, unless a benchmark says why. */
const usualTolerance = 1e-4;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export const largestDifference = (ours: readonly number[], peer: readonly number[]): number =>
  ours.length === peer.length
    ? Math.max(...ours.map((value, i) => Math.abs(value - peer[i]!)))
    : Number.POSITIVE_INFINITY;

/** @throws AccordError when the sides would compare different work. */
export const requireAgreement = (
  name: string,
  differences: Readonly<Record<string, number>>,
  tolerance = usualTolerance,
): void => {
  for (const [quantity, difference] of Object.entries(differences)) {
    if (difference <= tolerance) continue;
    throw new AccordError(
      `${name}: ${quantity} of the two sides differ by ${difference.toExponential(1)} on the same weights and batch, expected at most ${tolerance}: their times can't be compared`,
    );
  }
};
