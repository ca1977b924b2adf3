import * as Plot from "@observablehq/plot";
import { formatNumber } from "./format.ts";
import type { Html } from "./html.ts";
import { axisDefaults, figure, seriesColor } from "./plot.ts";
import type {
  Bar,
  ChartOptions,
  LineChartOptions,
  ReliabilityBin,
  ScatterPoint,
  Series,
} from "./report-types.ts";
import type { MetricRow } from "./run-types.ts";
import { averageDown, hasBand, movingAverage } from "./series.ts";

const grid = { stroke: "var(--line)", strokeOpacity: 1 };

/** More points than this can't be told apart on the page. */
const maxPoints = 400;

/** One metric over the steps of a run. */
export const metricSeries = (rows: readonly MetricRow[], metric: string, name = metric): Series => ({
  name,
  points: rows.flatMap(({ step, metrics }) =>
    metrics[metric] === undefined ? [] : [{ x: step, y: metrics[metric] }],
  ),
});

/** Curves over steps: raw values faint, their moving average on top, intervals as bands. */
export const lineChart = (options: LineChartOptions): Html => {
  const { series, xLabel = "step", yLabel, references = [] } = options;
  const marks = series.flatMap(({ points }, index) => {
    const color = seriesColor(index);
    const shown = averageDown(points, maxPoints);
    const window = options.smooth ?? Math.max(1, Math.round(shown.length / 20));
    const isSmooth = window > 1 && !shown.some(hasBand);
    const band = shown.filter(hasBand);
    return [
      ...(band.length > 0
        ? [Plot.areaY(band, { x: "x", y1: "low", y2: "high", fill: color, fillOpacity: 0.18 })]
        : []),
      ...(isSmooth
        ? [Plot.lineY(shown, { x: "x", y: "y", stroke: color, strokeOpacity: 0.3, strokeWidth: 1 })]
        : []),
      Plot.lineY(isSmooth ? movingAverage(shown, window) : shown, {
        x: "x",
        y: "y",
        stroke: color,
        strokeWidth: 2.2,
      }),
      ...(shown.length === 1 ? [Plot.dot(shown, { x: "x", y: "y", fill: color, r: 4 })] : []),
    ];
  });
  return figure(
    options,
    {
      x: { ...axisDefaults, label: xLabel, ticks: 6 },
      y: { ...axisDefaults, label: yLabel ?? null, ticks: 5, nice: true, labelAnchor: "top" },
      marks: [
        Plot.gridY({ ...grid, ticks: 5 }),
        ...references.flatMap((reference) => [
          Plot.ruleY([reference], {
            y: "y",
            stroke: "currentColor",
            strokeDasharray: "4 4",
            strokeOpacity: 0.6,
          }),
          Plot.text([reference], {
            y: "y",
            text: "label",
            frameAnchor: "right",
            dy: -8,
            fill: "currentColor",
          }),
        ]),
        ...marks,
      ],
    },
    series.map(({ name }) => name),
  );
};

/** How often a prediction of p is right: on the diagonal, a probability means what it says. Dots grow with their count. */
export const reliabilityChart = ({
  bins,
  xLabel = "predicted probability",
  yLabel = "share that was right",
  ...rest
}: ChartOptions & { readonly bins: readonly ReliabilityBin[] }): Html => {
  const filled = bins.filter(({ count }) => count > 0);
  const low = Math.min(0.5, ...filled.flatMap(({ confidence, accuracy }) => [confidence, accuracy]));
  const domain = [Math.floor(low * 10) / 10, 1];
  return figure(rest, {
    x: { ...axisDefaults, label: xLabel, domain, ticks: 6 },
    y: { ...axisDefaults, label: yLabel, domain, ticks: 6, labelAnchor: "top" },
    r: { range: [3, 11] },
    marks: [
      Plot.gridY(grid),
      Plot.line(
        [
          [domain[0]!, domain[0]!],
          [1, 1],
        ],
        { stroke: "currentColor", strokeOpacity: 0.5, strokeDasharray: "4 4" },
      ),
      Plot.ruleX(filled, {
        x: "confidence",
        y1: "confidence",
        y2: "accuracy",
        stroke: seriesColor(1),
        strokeWidth: 2,
      }),
      Plot.line(filled, { x: "confidence", y: "accuracy", stroke: seriesColor(0), strokeWidth: 1.5 }),
      Plot.dot(filled, {
        x: "confidence",
        y: "accuracy",
        r: "count",
        fill: seriesColor(0),
        stroke: "var(--surface)",
      }),
    ],
  });
};

/** Horizontal bars in the given order, with their values, and whiskers where there is an interval. */
export const barChart = ({
  bars,
  xLabel,
  ...rest
}: ChartOptions & { readonly bars: readonly Bar[] }): Html => {
  const intervals = bars.filter(({ low, high }) => low !== undefined && high !== undefined);
  const longest = Math.max(...bars.map(({ label }) => label.length));
  const end = (bar: Bar) => Math.max(bar.value, bar.high ?? bar.value, 0);
  return figure(rest, {
    height: 54 + bars.length * 34,
    marginLeft: Math.min(220, 24 + longest * 6.5),
    marginRight: 56,
    x: { ...axisDefaults, label: xLabel ?? null, ticks: 5, nice: true },
    y: { label: null, domain: bars.map(({ label }) => label), tickSize: 0, padding: 0.3 },
    marks: [
      Plot.gridX(grid),
      Plot.barX(bars, { x: "value", y: "label", fill: seriesColor(0), rx: 3 }),
      Plot.ruleY(intervals, {
        y: "label",
        x1: "low",
        x2: "high",
        stroke: "currentColor",
        strokeWidth: 1.5,
        marker: "tick",
      }),
      Plot.text(bars, {
        x: end,
        y: "label",
        text: ({ value }: Bar) => formatNumber(value),
        dx: 8,
        textAnchor: "start",
        fill: "currentColor",
      }),
      Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
    ],
  });
};

/** Points of several groups, joined where `connect` is set: a frontier of reward against KL. */
export const scatterChart = ({
  groups,
  connect = false,
  xLabel,
  yLabel,
  ...rest
}: ChartOptions & {
  readonly groups: readonly { readonly name: string; readonly points: readonly ScatterPoint[] }[];
  readonly connect?: boolean;
}): Html =>
  figure(
    rest,
    {
      x: { ...axisDefaults, label: xLabel ?? null, nice: true, ticks: 6 },
      y: { ...axisDefaults, label: yLabel ?? null, nice: true, ticks: 5, labelAnchor: "top" },
      marks: [
        Plot.gridY(grid),
        ...groups.flatMap(({ points }, index) => {
          const color = seriesColor(index);
          const labelled = points.filter(({ label }) => label !== undefined);
          return [
            ...(connect ? [Plot.line(points, { x: "x", y: "y", stroke: color, strokeWidth: 1.5 })] : []),
            Plot.ruleX(points.filter(hasBand), { x: "x", y1: "low", y2: "high", stroke: color }),
            Plot.dot(points, { x: "x", y: "y", fill: color, r: 4.5, stroke: "var(--surface)" }),
            Plot.text(labelled, { x: "x", y: "y", text: "label", dy: -12, fill: "currentColor" }),
          ];
        }),
      ],
    },
    groups.map(({ name }) => name),
  );
