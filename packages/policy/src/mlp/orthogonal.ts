import type { Random } from "@accord-rl/core";

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** One vector orthogonal to the others, of length 1: Gram-Schmidt, twice for the sake of rounding. */
const orthogonalTo = (others: readonly Float64Array[], length: number, random: Random): Float64Array => {
  const vector = Float64Array.from({ length }, () => random.normal());
  for (let pass = 0; pass < 2; pass++) {
    for (const other of others) {
      const share = dot(vector, other);
      for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) - share * (other[i] as number);
    }
  }
  const norm = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / norm);
};

/**
 * A random matrix whose rows (or columns, where there are fewer) are orthogonal and of length `gain`.
 *
 * @returns [rows, columns], row-major
 * @see Saxe et al. 2013, Exact solutions to the nonlinear dynamics of learning. https://arxiv.org/abs/1312.6120
 */
export const orthogonal = (rows: number, columns: number, gain: number, random: Random): Float32Array => {
  const isWide = columns >= rows;
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let i = 0; i < Math.min(rows, columns); i++) vectors.push(orthogonalTo(vectors, length, random));
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const value = isWide ? vectors[row]?.[column] : vectors[column]?.[row];
    return gain * (value as number);
  });
};
