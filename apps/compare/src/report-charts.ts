import { mean } from "@accord-rl/evaluation";
import {
  type Block,
  barChart,
  dataTable,
  intervalChart,
  lineChart,
  scatterChart,
  smallMultiples,
} from "@accord-rl/runs";
import type { ReportContent } from "./report-content.ts";
import { improvementInterval, interquartileMeanInterval, learningBand, withInterval } from "./statistics.ts";

/** What one seed of best of n is called in a chart. */
const bestOf = /^best-of-(\d+)$/;

/** Mean and interquartile mean of the final returns. */
export const finalReturns = ({ task, summary, groups, random }: ReportContent): Block => {
  const reference = task.best === undefined ? {} : { reference: { x: task.best, label: "best possible" } };
  return smallMultiples([
    intervalChart({
      title: "Mean",
      xLabel: task.returnLabel,
      bars: Object.entries(summary.algorithms).map(([label, algorithm]) => ({
        label,
        value: algorithm.mean,
        low: algorithm.low95,
        high: algorithm.high95,
      })),
      ...reference,
    }),
    intervalChart({
      title: "Interquartile mean",
      xLabel: task.returnLabel,
      bars: groups.map(([label, runs]) => {
        const { estimate, low, high } = interquartileMeanInterval(runs, random);
        return { label, value: estimate, low, high };
      }),
      ...reference,
    }),
  ]);
};

/** Every pair as a table, and the best one against the others as a chart. */
export const improvements = ({ summary, groups, random }: ReportContent): Block[] => {
  const ranked = [...groups].sort(([a], [b]) => summary.algorithms[b]!.mean - summary.algorithms[a]!.mean);
  const [[best, bestRuns], ...others] = ranked as [(typeof ranked)[number], ...typeof ranked];
  return [
    dataTable(
      groups.map(([name, runs]) => ({
        "": name,
        ...Object.fromEntries(
          groups.map(([other, otherRuns]) => [
            `over ${other}`,
            name === other ? "–" : withInterval(improvementInterval(runs, otherRuns, random)),
          ]),
        ),
      })),
    ),
    intervalChart({
      title: `${best}: probability of improvement`,
      bars: others.map((other) => {
        const [name, runs] = other;
        const { estimate, low, high } = improvementInterval(bestRuns, runs, random);
        return { label: `over ${name}`, value: estimate, low, high, series: groups.indexOf(other) };
      }),
      reference: { x: 0.5, label: "neither is better" },
    }),
  ];
};

/** Over steps, and over seconds; undefined where no run has a curve. */
export const learningCurves = ({ task, groups, random }: ReportContent): Block | undefined => {
  const bands = groups
    .map(([name, runs]) => ({ name, points: learningBand(runs, task, random) }))
    .filter(({ points }) => points.length > 0);
  if (bands.length === 0) return undefined;
  const over = (xLabel: string, x: "steps" | "seconds") =>
    lineChart({
      title: `${task.returnLabel}, over ${xLabel}`,
      xLabel,
      series: bands.map(({ name, points }) => ({
        name,
        points: points.map((point) => ({
          x: point[x],
          y: point.mean.estimate,
          low: point.mean.low,
          high: point.mean.high,
        })),
      })),
      ...(task.best === undefined ? {} : { references: [{ y: task.best, label: "best possible" }] }),
    });
  return smallMultiples([over(task.stepLabel, "steps"), over("seconds of training", "seconds")]);
};

/** Return against KL; best of n is one curve. */
export const frontier = ({ task, groups }: ReportContent): Block => {
  const points = (runs: (typeof groups)[number][1]) =>
    runs.flatMap(({ result: { klNats, finalReturn } }) =>
      klNats === undefined ? [] : [{ x: klNats, y: finalReturn }],
    );
  const trained = groups.filter(([name]) => !bestOf.test(name));
  const drawn = groups.flatMap(([name, runs]) => {
    const [, n] = bestOf.exec(name) ?? [];
    if (n === undefined) return [];
    const all = points(runs);
    return [{ x: mean(all.map(({ x }) => x)), y: mean(all.map(({ y }) => y)), label: `n = ${n}` }];
  });
  return scatterChart({
    title: `${task.returnLabel} against KL`,
    xLabel: "KL to where it began, nats per response",
    groups: [
      ...trained.map(([name, runs]) => ({ name, points: points(runs) })),
      ...(drawn.length > 0
        ? [{ name: "best of n", connect: true, points: drawn.sort((a, b) => a.x - b.x) }]
        : []),
    ],
  });
};

export const optimumDistances = ({ groups }: ReportContent): Block =>
  barChart({
    title: "Largest difference of a probability",
    bars: groups.flatMap(([name, runs]) =>
      runs.flatMap(({ job, result: { distanceToOptimum } }) =>
        distanceToOptimum === undefined
          ? []
          : [{ label: `${name}, seed ${job.seed}`, value: distanceToOptimum }],
      ),
    ),
  });
