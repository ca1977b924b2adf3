import type { Point } from "./report-types.ts";

/** Whether a point has an interval. */
export const hasBand = (point: Point): boolean => point.low !== undefined && point.high !== undefined;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** At most `count` points, each the mean of its neighbours. */
export const averageDown = (points: readonly Point[], count: number): Point[] => {
  if (points.length <= count) return [...points];
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * points.length) / count);
    const group = points.slice(from, Math.floor(((index + 1) * points.length) / count));
    const of = (pick: (point: Point) => number) => mean(group.map(pick));
    const middle = { x: of(({ x }) => x), y: of(({ y }) => y) };
    return group.every(hasBand)
      ? { ...middle, low: of(({ low }) => low!), high: of(({ high }) => high!) }
      : middle;
  });
};

/** Mean over a window around each point; narrower at the ends, so that the curve keeps its length. */
export const movingAverage = (points: readonly Point[], window: number): Point[] => {
  const half = Math.floor(window / 2);
  return points.map((point, index) => {
    const reach = Math.min(half, index, points.length - 1 - index);
    return { ...point, y: mean(points.slice(index - reach, index + reach + 1).map(({ y }) => y)) };
  });
};
