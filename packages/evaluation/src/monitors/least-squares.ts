import { InvalidArgumentError, meanOf } from "@accord-rl/core";

export interface LeastSquares {
  /** [k]. */
  readonly coefficients: readonly number[];
  /** [k][k] σ²·(XᵀX)⁻¹ with σ² = Σ residual²/(n − k). */
  readonly covariance: readonly (readonly number[])[];
  /** 1 − Σ residual²/Σ (y − ȳ)². */
  readonly rSquared: number;
}

/** Inverse of a small symmetric positive definite matrix, by Gauss and Jordan with pivots; undefined where it is singular. */
const invert = (matrix: readonly (readonly number[])[]): number[][] | undefined => {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => Number(i === j))]);
  const scale = Math.max(...matrix.flat().map(Math.abs));
  for (let column = 0; column < size; column++) {
    const below = rows.slice(column).map((row) => Math.abs(row[column] as number));
    const pivot = column + below.indexOf(Math.max(...below));
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const divisor = (rows[column] as number[])[column] as number;
    if (Math.abs(divisor) <= 1e-12 * scale) return undefined;
    const unit = (rows[column] as number[]).map((value) => value / divisor);
    for (const [index, row] of rows.entries()) {
      const factor = row[column] as number;
      rows[index] = index === column ? unit : row.map((value, j) => value - factor * (unit[j] as number));
    }
  }
  return rows.map((row) => row.slice(size));
};

/**
 * Ordinary least squares, y ≈ X·b, by the normal equations: for a handful of regressors.
 *
 * @param rows  [n][k] X. @param targets [n] y.
 * @returns undefined where X has no full rank.
 * @throws InvalidArgumentError where there are no more rows than regressors.
 */
export const leastSquares = (
  rows: readonly (readonly number[])[],
  targets: readonly number[],
): LeastSquares | undefined => {
  const regressors = rows[0]?.length ?? 0;
  if (rows.length <= regressors) {
    throw new InvalidArgumentError({
      argument: "rows",
      value: rows.length,
      message: `leastSquares: got ${rows.length} points for ${regressors} coefficients, expected more points than coefficients`,
    });
  }
  const product = (i: number, j: number): number =>
    rows.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0);
  const indices = Array.from({ length: regressors }, (_, i) => i);
  const inverse = invert(indices.map((i) => indices.map((j) => product(i, j))));
  if (inverse === undefined) return undefined;
  const moments = indices.map((i) =>
    rows.reduce((sum, row, n) => sum + (row[i] as number) * (targets[n] as number), 0),
  );
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  const coefficients = inverse.map((row) => dot(row, moments));
  const residuals = rows.map((row, n) => (targets[n] as number) - dot(row, coefficients));
  const center = meanOf(targets);
  const spread = targets.reduce((sum, target) => sum + (target - center) ** 2, 0);
  const left = dot(residuals, residuals);
  const noise = left / (rows.length - regressors);
  return {
    coefficients,
    covariance: inverse.map((row) => row.map((value) => noise * value)),
    rSquared: spread === 0 ? 0 : 1 - left / spread,
  };
};
