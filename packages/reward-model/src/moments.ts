import { meanOf } from "@accord-rl/core";

/** Mean and standard deviation (÷ n); the deviation of equal numbers is exactly 0. */
export const momentsOf = (
  values: readonly number[],
): { readonly mean: number; readonly deviation: number } => {
  const mean = meanOf(values);
  return { mean, deviation: Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) };
};
