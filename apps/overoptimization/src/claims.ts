import type { Random } from "@accord-rl/core";
import {
  bootstrapInterval,
  correlation,
  type Interval,
  standardDeviation,
  wilsonInterval,
  withLimits,
} from "@accord-rl/evaluation";
import { formatNumber } from "@accord-rl/runs";
import type { Options } from "./options.ts";
import { conservative, type ProxyStudy, singleMember, singleModel } from "./study.ts";
import { atKl, isRising } from "./sweep.ts";
import type { TrainedPoint } from "./train.ts";
import { goldDeviation } from "./world.ts";

/** Something that the experiment is to show, and whether it does. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  /** What was measured, in words. */
  readonly measure: string;
  readonly mean: number;
  readonly low95: number;
  readonly high95: number;
}

/** Slope of y over x by least squares. */
const slope = (x: readonly number[], y: readonly number[]): number => {
  const deviation = standardDeviation(x);
  return deviation === 0 ? 0 : (correlation(x, y) * standardDeviation(y)) / deviation;
};

export interface Studies {
  readonly sweeps: readonly ProxyStudy[];
  readonly trained: readonly TrainedPoint[];
}

/** One number of each world, with its interval over worlds. */
const overWorlds = (
  sweeps: readonly ProxyStudy[],
  of: (world: readonly ProxyStudy[]) => number,
  random: Random,
): Interval => {
  const worlds = [...new Set(sweeps.map(({ world }) => world))];
  return bootstrapInterval(
    worlds.map((world) => of(sweeps.filter((study) => study.world === world))),
    { random: random.fork("bootstrap") },
  );
};

/**
 * How far a proxy promises more than there is, at a KL: the gain of the proxy less that of gold, each in its deviations
 * under the reference, as reward models are normalised before they are used.
 */
export const gapAt = ({ points, deviation }: ProxyStudy, klNats: number): number => {
  const { proxy, gold } = atKl(points, klNats);
  return (proxy - points[0]!.proxy) / deviation - (gold - points[0]!.gold) / goldDeviation;
};

const singlesOf = (sweeps: readonly ProxyStudy[]) => sweeps.filter(({ proxy }) => proxy === singleModel);
const find = (world: readonly ProxyStudy[], labels: number, proxy = singleModel): ProxyStudy =>
  world.find((study) => study.labels === labels && study.proxy === proxy)!;

/** The gap of one model less that of an ensemble. */
const ensembleClaim = (
  sweeps: readonly ProxyStudy[],
  { rule, than, what }: { readonly rule: string; readonly than: string; readonly what: string },
  { options, random }: { readonly options: Options; readonly random: Random },
): Claim => {
  const { ensembleLabels, klNats, members } = options;
  const gap = (world: readonly ProxyStudy[], proxy: string) =>
    gapAt(find(world, ensembleLabels, proxy), klNats);
  const gain = overWorlds(sweeps, (world) => gap(world, than) - gap(world, rule), random);
  return {
    claim: `(iv) an ensemble lowers the gap of proxy and gold: ${rule} of ${members}, beside ${what}`,
    holds: gain.low > 0,
    measure: `gap less the ensemble's, in deviations, at ${klNats} nats, of ${ensembleLabels} labels`,
    ...withLimits(gain),
  };
};

/** The five claims, in their order; (iv) for each conservative rule and each baseline. */
export const checkClaims = ({ sweeps, trained }: Studies, options: Options, random: Random): Claim[] => {
  const { labels } = options;
  const [fewest, most] = [Math.min(...labels), Math.max(...labels)];
  const singles = singlesOf(sweeps);
  const bestOf = trained.filter(({ by }) => by === "best of n");
  const frontiers = [
    ...singles.map(({ points }) => points),
    ...[...new Set(bestOf.map(({ world }) => world))].map((world) =>
      bestOf.filter((point) => point.world === world),
    ),
  ];
  const rising = wilsonInterval(frontiers.filter(isRising).length, frontiers.length);
  const single = wilsonInterval(singles.filter(({ peak }) => peak.turns <= 1).length, singles.length);
  const drop = overWorlds(singles, (world) => find(world, fewest).peak.drop, random);
  const shift = overWorlds(
    singles,
    (world) =>
      slope(
        world.map((study) => Math.log2(study.labels)),
        world.map(({ peak }) => peak.distance),
      ),
    random,
  );
  const shortfall = (count: number) =>
    overWorlds(singles, (world) => find(world, count).ceiling - find(world, count).accuracy, random);
  const [first, last] = [shortfall(fewest), shortfall(most)];
  return [
    {
      claim: "(i) the proxy never falls as the KL grows",
      holds: rising.estimate === 1,
      measure: `share of ${frontiers.length} frontiers, exact ones and best of n, on which it never falls`,
      ...withLimits(rising),
    },
    {
      claim: "(ii) gold has a single peak",
      holds: single.estimate >= 0.95 && drop.low > 0,
      measure: `share of ${singles.length} frontiers on which gold turns once at most; with ${fewest} labels it falls from the peak by ${formatNumber(drop.estimate)} (${formatNumber(drop.low)} to ${formatNumber(drop.high)})`,
      ...withLimits(single),
    },
    {
      claim: "(iii) the peak moves right with more labels",
      holds: shift.low > 0,
      measure: "√KL of the peak, per doubling of the labels",
      ...withLimits(shift),
    },
    ...[
      { than: singleMember, what: "one of its members" },
      { than: singleModel, what: "one model of all labels" },
    ].flatMap((baseline) =>
      conservative.map((rule) => ensembleClaim(sweeps, { rule, ...baseline }, { options, random })),
    ),
    {
      claim: "(v) accuracy goes to the Bayes ceiling",
      holds: last.high < first.low && last.high < 0.01,
      measure: `ceiling less accuracy with ${most} labels; with ${fewest} it is ${formatNumber(first.estimate)} (${formatNumber(first.low)} to ${formatNumber(first.high)})`,
      ...withLimits(last),
    },
  ];
};

/** Mean and interval over worlds of one number of a proxy. */
export const overProxies = (
  sweeps: readonly ProxyStudy[],
  { labels, proxy = singleModel }: { readonly labels: number; readonly proxy?: string },
  of: (study: ProxyStudy) => number,
  random: Random,
): Interval =>
  bootstrapInterval(sweeps.filter((study) => study.labels === labels && study.proxy === proxy).map(of), {
    random: random.fork("bootstrap"),
  });
