import type { CostRow } from "./grid.ts";

/** Slope of a straight line through log y over log x, by least squares: 1 = y is proportional to x, 0 = it stays. */
export const exponentOf = (points: readonly { readonly x: number; readonly y: number }[]): number => {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    logs.reduce((sum, point) => sum + pick(point), 0) / logs.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
};

const largest = (rows: readonly CostRow[], pick: (row: CostRow) => number): number =>
  Math.max(...rows.map(pick));

/** How cost grows with one size while the others stay at their largest, where constant costs weigh least. */
export const exponents = (rows: readonly CostRow[]) => {
  const at = {
    parameters: largest(rows, ({ parameters }) => parameters),
    batch: largest(rows, ({ batch }) => batch),
    length: largest(rows, ({ length }) => length),
  };
  const along = (size: keyof typeof at, cost: (row: CostRow) => number): number => {
    const fixed = (Object.keys(at) as (keyof typeof at)[]).filter((name) => name !== size);
    const chosen = rows.filter((row) => fixed.every((name) => row[name] === at[name]));
    return exponentOf(chosen.map((row) => ({ x: row[size], y: cost(row) })));
  };
  const tokens = (row: CostRow) => row.batch * row.length;
  const training = (row: CostRow) => row.trainingMs * tokens(row);
  const generation = (row: CostRow) => row.generationMs * tokens(row);
  const memory = (row: CostRow) => row.residentMiB - row.emptyMiB;
  const sizes = Object.keys(at) as (keyof typeof at)[];
  return sizes.map((size) => ({
    size,
    training: along(size, training),
    generation: along(size, generation),
    memory: along(size, memory),
  }));
};
