import type { Random } from "@accord-rl/core";
import { type Limits, median } from "@accord-rl/evaluation";
import {
  type Block,
  intervalChart,
  lineChart,
  type Point,
  scatterChart,
  smallMultiples,
} from "@accord-rl/runs";
import { overProxies, type Studies } from "./claims.ts";
import type { Options } from "./options.ts";
import { type ProxyStudy, rules, singleMember, singleModel } from "./study.ts";
import { fitTrained, type Summary } from "./summary.ts";
import { atKl } from "./sweep.ts";

const distanceLabel = "√KL to the reference, √nats";
const gridPoints = 31;

/** The median proxy's farthest distance: beyond it, most worlds have nothing more to show. */
const farthest = (sweeps: readonly ProxyStudy[]): number =>
  median(sweeps.map(({ points }) => Math.sqrt(points.at(-1)!.klNats)));

/** Mean over worlds with its interval, over equal steps of √KL. */
const band = (
  sweeps: readonly ProxyStudy[],
  kind: { readonly labels: number; readonly proxy?: string },
  key: "proxy" | "gold",
  random: Random,
): Point[] => {
  const own = sweeps.filter(
    ({ labels, proxy }) => labels === kind.labels && proxy === (kind.proxy ?? singleModel),
  );
  const end = farthest(own);
  return Array.from({ length: gridPoints }, (_, step) => {
    const x = (end * step) / (gridPoints - 1);
    const { estimate, low, high } = overProxies(own, kind, ({ points }) => atKl(points, x * x)[key], random);
    return { x, y: estimate, low, high };
  });
};

const withoutBands = (points: readonly Point[]): Point[] => points.map(({ x, y }) => ({ x, y }));
const countOf = (labels: number): string => `${labels.toLocaleString("en")} labels`;

/** Proxy and gold of the same policies, for few and for many labels. */
export const frontiers = ({ sweeps }: Studies, { labels }: Options, random: Random): Block =>
  smallMultiples(
    labels.map((count) =>
      lineChart({
        title: countOf(count),
        xLabel: distanceLabel,
        smooth: 1,
        series: [
          { name: "proxy", points: band(sweeps, { labels: count }, "proxy", random) },
          { name: "gold", points: band(sweeps, { labels: count }, "gold", random) },
        ],
      }),
    ),
  );

const bars = (summary: Summary, key: "peakDistance" | "accuracy" | "goldAtPeak") =>
  summary.proxies
    .filter(({ proxy }) => proxy === singleModel)
    .map((figures, series) => ({
      label: countOf(figures.labels),
      value: figures[key].mean,
      low: figures[key].low95,
      high: figures[key].high95,
      series,
    }));

/** Gold for all numbers of labels in one, and where it is highest. */
export const peaks = (summary: Summary, { sweeps }: Studies, { labels }: Options, random: Random): Block =>
  smallMultiples([
    lineChart({
      title: "Gold over √KL, means over worlds",
      xLabel: distanceLabel,
      smooth: 1,
      series: labels.map((count) => ({
        name: countOf(count),
        points: withoutBands(band(sweeps, { labels: count }, "gold", random)),
      })),
    }),
    intervalChart({ title: "√KL at the peak of gold", bars: bars(summary, "peakDistance") }),
    intervalChart({ title: "Gold at the peak", bars: bars(summary, "goldAtPeak") }),
    intervalChart({
      title: "Accuracy on new pairs",
      bars: bars(summary, "accuracy"),
      reference: { x: summary.ceiling, label: "Bayes ceiling" },
    }),
  ]);

/** One model beside ensembles of the same labels. */
export const ensembles = (summary: Summary, { sweeps }: Studies, options: Options, random: Random): Block => {
  const { ensembleLabels, klNats } = options;
  const names = [singleModel, singleMember, ...Object.keys(rules(options))];
  const compared = (key: "gap" | "gold") =>
    names.map((label, series) => {
      const { mean, low95, high95 }: Limits = summary.proxies.find(
        ({ proxy, labels }) => proxy === label && labels === ensembleLabels,
      )![key];
      return { label, value: mean, low: low95, high: high95, series };
    });
  return smallMultiples([
    lineChart({
      title: `Gold over √KL, ${countOf(ensembleLabels)}`,
      xLabel: distanceLabel,
      smooth: 1,
      series: names.map((proxy) => ({
        name: proxy,
        points: withoutBands(band(sweeps, { labels: ensembleLabels, proxy }, "gold", random)),
      })),
    }),
    intervalChart({
      title: `Gain of the proxy less gold's at ${klNats} nats, in deviations`,
      bars: compared("gap"),
    }),
    intervalChart({ title: `Gold at ${klNats} nats`, bars: compared("gold") }),
  ]);
};

/** What was really trained and drawn in one world, beside the exact frontier and the fitted curve. */
export const trainedCharts = (
  { sweeps, trained }: Studies,
  { ensembleLabels }: Options,
  random: Random,
): Block => {
  const worlds = [...new Set(trained.map(({ world }) => world))];
  return smallMultiples(
    worlds.flatMap((world) => {
      const own = trained.filter((point) => point.world === world);
      const exact = sweeps.find(
        (study) => study.world === world && study.labels === ensembleLabels && study.proxy === singleModel,
      )!;
      const end = Math.max(...own.map(({ klNats }) => Math.sqrt(Math.max(0, klNats))));
      const steps = Array.from({ length: gridPoints }, (_, step) => (end * step) / (gridPoints - 1));
      const at = (points: readonly { readonly klNats: number; readonly gold: number }[]) =>
        points.map(({ klNats, gold }) => ({ x: Math.sqrt(Math.max(0, klNats)), y: gold }));
      const hasFit = own.filter(({ by }) => by === "PPO, β = 0").length >= 6;
      const curve = hasFit ? fitTrained(trained, { world, by: "PPO, β = 0" }, random) : undefined;
      return [
        scatterChart({
          title: `World ${world + 1}: gold over √KL`,
          xLabel: distanceLabel,
          groups: [
            ...[...new Set(own.map(({ by }) => by))].map((by) => ({
              name: by,
              points: at(own.filter((point) => point.by === by)),
            })),
            { name: "exact frontier", connect: true, points: at(exact.points), dots: false },
            ...(curve
              ? [
                  {
                    name: "curve fitted to PPO, β = 0",
                    connect: true,
                    dots: false,
                    points: steps.map((x) => ({ x, y: curve.at(x) })),
                  },
                ]
              : []),
          ],
        }),
      ];
    }),
  );
};
