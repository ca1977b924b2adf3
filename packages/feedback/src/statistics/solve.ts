/**
 * Inverse of a symmetric positive definite matrix, by Cholesky's decomposition A = L·Lᵀ.
 *
 * @param matrix  [k × k], row by row. @returns null where it isn't positive definite.
 */
export const invertPositive = (matrix: readonly (readonly number[])[]): number[][] | null => {
  const size = matrix.length;
  const lower = matrix.map((row) => row.map(() => 0));
  const at = (rows: readonly (readonly number[])[], i: number, j: number) => rows[i]?.[j] as number;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = at(matrix, i, j);
      for (let k = 0; k < j; k++) rest -= at(lower, i, k) * at(lower, j, k);
      if (i === j && !(rest > 1e-14 * at(matrix, i, i))) return null;
      (lower[i] as number[])[j] = i === j ? Math.sqrt(rest) : rest / at(lower, j, j);
    }
  }
  /** One column of the inverse: L·y = e, then Lᵀ·x = y. */
  const column = (unit: number): number[] => {
    const solution = new Array<number>(size).fill(0);
    for (let i = 0; i < size; i++) {
      let rest = i === unit ? 1 : 0;
      for (let k = 0; k < i; k++) rest -= at(lower, i, k) * (solution[k] as number);
      solution[i] = rest / at(lower, i, i);
    }
    for (let i = size - 1; i >= 0; i--) {
      let rest = solution[i] as number;
      for (let k = i + 1; k < size; k++) rest -= at(lower, k, i) * (solution[k] as number);
      solution[i] = rest / at(lower, i, i);
    }
    return solution;
  };
  return matrix.map((_, unit) => column(unit));
};

/** A·v. */
export const multiply = (matrix: readonly (readonly number[])[], vector: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, value, j) => sum + value * (vector[j] as number), 0));
