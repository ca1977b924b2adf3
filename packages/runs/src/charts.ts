import * as Plot from "@observablehq/plot";
import type { Html } from "./html.ts";
import { axisDefaults, figure, gridStyle, seriesColor } from "./plot.ts";
import type { ChartOptions, LineChartOptions, ScatterPoint, Series } from "./report-types.ts";
import type { MetricRow } from "./run-types.ts";
import { averageDown, hasBand, movingAverage } from "./series.ts";

/** More points than this can't be told apart on the page. */
const maxPoints = 400;

/** One metric over the steps of a run. */
export const metricSeries = (rows: readonly MetricRow[], metric: string, name = metric): Series => ({
  name,
  points: rows.flatMap(({ step, metrics }) =>
    metrics[metric] === undefined ? [] : [{ x: step, y: metrics[metric] }],
  ),
});

/** Around a curve that is flat: without it, the axis would show one number with far too many digits. */
const flatDomain = (values: readonly number[]): { domain?: [number, number] } => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = low === 0 ? 1 : Math.abs(low) / 2;
  return low === high ? { domain: [low - margin, high + margin] } : {};
};

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
  const heights = [
    ...series.flatMap(({ points }) => points.flatMap(({ y, low = y, high = y }) => [y, low, high])),
    ...references.map(({ y }) => y),
  ];
  return figure(
    options,
    {
      x: { ...axisDefaults, label: xLabel, ticks: 5 },
      y: {
        ...axisDefaults,
        ...flatDomain(heights),
        label: yLabel ?? null,
        ticks: 5,
        nice: true,
        labelAnchor: "top",
      },
      marks: [
        Plot.gridY({ ...gridStyle, ticks: 5 }),
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
            frameAnchor: "left",
            dx: 4,
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

/** Points of several groups, joined where `connect` is set: a frontier of reward against KL. */
export const scatterChart = ({
  groups,
  connect = false,
  xLabel,
  yLabel,
  ...rest
}: ChartOptions & {
  readonly groups: readonly {
    readonly name: string;
    readonly points: readonly ScatterPoint[];
    /** Default: as all. */
    readonly connect?: boolean;
    /** false = a line alone, such as a fitted curve. Default true. */
    readonly dots?: boolean;
  }[];
  readonly connect?: boolean;
}): Html =>
  figure(
    rest,
    {
      x: { ...axisDefaults, label: xLabel ?? null, nice: true, ticks: 5 },
      y: { ...axisDefaults, label: yLabel ?? null, nice: true, ticks: 5, labelAnchor: "top" },
      marks: [
        Plot.gridY(gridStyle),
        ...groups.flatMap(({ points, connect: isConnected = connect, dots = true }, index) => {
          const color = seriesColor(index);
          const labelled = points.filter(({ label }) => label !== undefined);
          return [
            ...(isConnected ? [Plot.line(points, { x: "x", y: "y", stroke: color, strokeWidth: 1.5 })] : []),
            Plot.ruleX(points.filter(hasBand), { x: "x", y1: "low", y2: "high", stroke: color }),
            Plot.dot(dots ? points : [], { x: "x", y: "y", fill: color, r: 4.5, stroke: "var(--surface)" }),
            Plot.text(labelled, { x: "x", y: "y", text: "label", dy: -12, fill: "currentColor" }),
          ];
        }),
      ],
    },
    groups.map(({ name }) => name),
  );
