import type { Random } from "@accord-rl/core";
import {
  bestOfNCurve,
  type CurveShape,
  fitRewardCurve,
  type Limits,
  mean,
  median,
  reinforcementCurve,
  wilsonInterval,
  withLimits,
} from "@accord-rl/evaluation";
import { type Claim, checkClaims, gapAt, overProxies, type Studies } from "./claims.ts";
import type { Options } from "./options.ts";
import type { ProxyStudy } from "./study.ts";
import { atKl } from "./sweep.ts";
import type { TrainedPoint } from "./train.ts";
import type { WatchedRow } from "./watch.ts";

/** What is known of a kind of proxy, over worlds. */
export interface ProxyFigures {
  readonly labels: number;
  readonly proxy: string;
  readonly accuracy: Limits;
  /** √KL where gold is highest. */
  readonly peakDistance: Limits;
  readonly goldAtPeak: Limits;
  /** Gold lost between the peak and the end. */
  readonly drop: Limits;
  /** Proxy less gold at --kl-nats. */
  readonly gap: Limits;
  /** Gold at --kl-nats. */
  readonly gold: Limits;
}

/** Gao et al.'s curve through the gold of what was trained in one world, beside the exact peak. */
export interface Fit {
  readonly world: number;
  readonly by: string;
  readonly curve: string;
  readonly alpha: Limits;
  readonly beta: Limits;
  /** √KL; null where the curve never falls. */
  readonly peak: {
    readonly mean: number | null;
    readonly low95: number | null;
    readonly high95: number | null;
  };
  readonly exactPeak: number;
  readonly rSquared: number;
}

export interface MonitorFigures {
  readonly asked: number;
  readonly falseAlarmRate: Limits;
  /** Of runs that go on until there is next to no penalty. */
  readonly detectionRate: Limits;
  /** Iterations from the peak of gold to the first alarm; negative = the alarm came first. */
  readonly medianDelay: number | null;
  /** In how many of the runs that go on each monitor was the first, and in how many it raised an alarm at all. */
  readonly first: Readonly<Record<string, number>>;
  readonly raised: Readonly<Record<string, number>>;
}

export interface Summary {
  readonly backend: string;
  readonly seed: number;
  readonly worlds: number;
  readonly claims: readonly Claim[];
  readonly ceiling: number;
  readonly proxies: readonly ProxyFigures[];
  readonly fits: readonly Fit[];
  readonly monitors: MonitorFigures | null;
}

const describeProxies = (
  sweeps: readonly ProxyStudy[],
  { klNats }: Options,
  random: Random,
): ProxyFigures[] => {
  const kinds = new Map(sweeps.map(({ labels, proxy }) => [`${labels} ${proxy}`, { labels, proxy }]));
  return [...kinds.values()].map((kind) => {
    const of = (pick: (study: ProxyStudy) => number) => withLimits(overProxies(sweeps, kind, pick, random));
    return {
      ...kind,
      accuracy: of(({ accuracy }) => accuracy),
      peakDistance: of(({ peak }) => peak.distance),
      goldAtPeak: of(({ peak }) => peak.gold),
      drop: of(({ peak }) => peak.drop),
      gap: of((study) => gapAt(study, klNats)),
      gold: of(({ points }) => atKl(points, klNats).gold),
    };
  });
};

/** The kinds of training that a curve is fitted to, with their shapes. */
export const fitted: Readonly<Record<string, CurveShape>> = {
  "PPO, β = 0": reinforcementCurve,
  "best of n": bestOfNCurve,
};

export const fitTrained = (
  trained: readonly TrainedPoint[],
  { world, by }: { world: number; by: string },
  random: Random,
) =>
  fitRewardCurve(
    trained
      .filter((point) => point.world === world && point.by === by)
      .map(({ klNats, gold }) => ({ klNats, reward: gold })),
    { shape: fitted[by]!, start: 0, random: random.fork(`fit ${by} ${world}`) },
  );

const describeFits = ({ trained, sweeps }: Studies, { ensembleLabels }: Options, random: Random): Fit[] =>
  [...new Set(trained.map(({ world }) => world))].flatMap((world) =>
    Object.entries(fitted).flatMap(([by, shape]) => {
      const points = trained.filter((point) => point.world === world && point.by === by);
      if (points.length < 6) return [];
      const curve = fitTrained(trained, { world, by }, random);
      const finite = (value: number) => (Number.isFinite(value) ? value : null);
      const exact = sweeps.find((study) => study.world === world && study.labels === ensembleLabels)!;
      return [
        {
          world,
          by,
          curve: shape.name,
          alpha: withLimits(curve.alpha),
          beta: withLimits(curve.beta),
          peak: {
            mean: finite(curve.peak.estimate),
            low95: finite(curve.peak.low),
            high95: finite(curve.peak.high),
          },
          exactPeak: exact.peak.distance,
          rSquared: curve.rSquared,
        },
      ];
    }),
  );

const describeMonitors = (
  rows: readonly WatchedRow[],
  { falseAlarmRate }: Options,
): MonitorFigures | null => {
  if (rows.length === 0) return null;
  const alarmed = (isClean: boolean) =>
    rows.filter((row) => row.isClean === isClean && row.alarms.length > 0);
  const share = (isClean: boolean) =>
    withLimits(wilsonInterval(alarmed(isClean).length, rows.filter((row) => row.isClean === isClean).length));
  const found = alarmed(false);
  const count = (monitors: readonly string[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const monitor of monitors) counts[monitor] = (counts[monitor] ?? 0) + 1;
    return counts;
  };
  return {
    asked: falseAlarmRate,
    falseAlarmRate: share(true),
    detectionRate: share(false),
    medianDelay:
      found.length === 0
        ? null
        : median(found.map(({ alarms, peakIteration }) => alarms[0]!.iteration - peakIteration)),
    first: count(found.map(({ alarms }) => alarms[0]!.monitor)),
    raised: count(found.flatMap(({ alarms }) => [...new Set(alarms.map(({ monitor }) => monitor))])),
  };
};

/** What summary.json holds. */
export const summarize = (
  studies: Studies,
  watched: readonly WatchedRow[],
  {
    options,
    backend,
    random,
  }: { readonly options: Options; readonly backend: string; readonly random: Random },
): Summary => ({
  backend,
  seed: options.seed,
  worlds: options.worlds,
  claims: checkClaims(studies, options, random),
  ceiling: mean(studies.sweeps.map(({ ceiling }) => ceiling)),
  proxies: describeProxies(studies.sweeps, options, random),
  fits: describeFits(studies, options, random),
  monitors: describeMonitors(watched, options),
});
