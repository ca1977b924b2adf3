import { expected, type World } from "./world.ts";

/** A policy of a sweep: how far it is from the reference, and what proxy and gold say of it. */
export interface SweepPoint {
  readonly klNats: number;
  readonly proxy: number;
  readonly gold: number;
}

/** β from next to no change to next to no penalty. */
const coefficients = Array.from({ length: 36 }, (_, step) => 8 * 0.84 ** step);

/** π ∝ π_ref·exp(proxy/β): where learning from the proxy under a KL penalty of β ends. */
export const gibbs = (
  { reference }: World,
  proxy: readonly number[],
  beta: number,
): { readonly distribution: readonly number[]; readonly klNats: number } => {
  const highest = proxy.reduce((best, score) => Math.max(best, score), Number.NEGATIVE_INFINITY);
  const weights = reference.map((probability, i) => probability * Math.exp((proxy[i]! - highest) / beta));
  const normaliser = weights.reduce((sum, weight) => sum + weight, 0);
  const distribution = weights.map((weight) => weight / normaliser);
  // log π/π_ref = proxy/β − log Z.
  const klNats = (expected(distribution, proxy) - highest) / beta - Math.log(normaliser);
  return { distribution, klNats: Math.max(0, klNats) };
};

/** The whole frontier of a proxy, exactly: it begins with the reference. */
export const sweep = (world: World, proxy: readonly number[]): SweepPoint[] => [
  { klNats: 0, proxy: expected(world.reference, proxy), gold: expected(world.reference, world.gold) },
  ...coefficients.map((beta) => {
    const { distribution, klNats } = gibbs(world, proxy, beta);
    return { klNats, proxy: expected(distribution, proxy), gold: expected(distribution, world.gold) };
  }),
];

/** Less of a fall than this is none: what is left of rounding. */
const noFall = 1e-9;

export interface Peak {
  /** √KL where gold is highest. */
  readonly distance: number;
  readonly gold: number;
  /** Gold at the peak less gold at the end of the sweep. */
  readonly drop: number;
  /** How many times gold turns from rising to falling. */
  readonly turns: number;
}

export const findPeak = (points: readonly SweepPoint[]): Peak => {
  const highest = points.reduce((best, point) => (point.gold > best.gold ? point : best));
  const turns = points.filter(
    ({ gold }, i) =>
      i > 0 &&
      i + 1 < points.length &&
      gold > points[i - 1]!.gold + noFall &&
      gold > points[i + 1]!.gold + noFall,
  );
  return {
    distance: Math.sqrt(highest.klNats),
    gold: highest.gold,
    drop: highest.gold - points.at(-1)!.gold,
    turns: turns.length,
  };
};

/** True where no step lowers the proxy. */
export const isRising = (points: readonly Pick<SweepPoint, "proxy">[]): boolean =>
  points.every(({ proxy }, i) => i === 0 || proxy >= points[i - 1]!.proxy - noFall);

/** Proxy and gold at a KL, linear in √KL between neighbours; the last point's where the sweep does not get that far. */
export const atKl = (points: readonly SweepPoint[], klNats: number): SweepPoint => {
  const after = points.findIndex((point) => point.klNats >= klNats);
  if (after <= 0) return after === 0 ? points[0]! : points.at(-1)!;
  const [from, to] = [points[after - 1]!, points[after]!];
  const [start, end] = [Math.sqrt(from.klNats), Math.sqrt(to.klNats)];
  const share = (Math.sqrt(klNats) - start) / (end - start);
  const between = (key: keyof SweepPoint) => from[key] + share * (to[key] - from[key]);
  return { klNats, proxy: between("proxy"), gold: between("gold") };
};
