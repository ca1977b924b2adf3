import * as Plot from "@observablehq/plot";
import { formatNumber } from "./format.ts";
import type { Html } from "./html.ts";
import { axisDefaults, figure, gridStyle, seriesColor } from "./plot.ts";
import type { Bar, ChartOptions, ReliabilityBin } from "./report-types.ts";

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
    x: { ...axisDefaults, label: xLabel, domain, ticks: 5 },
    y: { ...axisDefaults, label: yLabel, domain, ticks: 5, labelAnchor: "top" },
    r: { range: [3, 11] },
    marks: [
      Plot.gridY(gridStyle),
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
  const shorten = (label: string) => (label.length > 28 ? `${label.slice(0, 27)}…` : label);
  const longest = Math.max(0, ...bars.map(({ label }) => label.length));
  const end = (bar: Bar) => Math.max(bar.value, bar.high ?? bar.value, 0);
  return figure(rest, {
    height: 60 + bars.length * 32,
    marginTop: 8,
    marginLeft: Math.min(180, 24 + longest * 6.2),
    marginRight: 56,
    x: {
      ...axisDefaults,
      label: xLabel ?? null,
      ticks: 5,
      nice: true,
      ...(bars.length === 0 ? { domain: [0, 1] } : {}),
    },
    y: {
      label: null,
      domain: bars.map(({ label }) => label),
      tickFormat: shorten,
      tickSize: 0,
      padding: 0.3,
    },
    marks: [
      Plot.gridX(gridStyle),
      Plot.barX(bars, { x: "value", y: "label", fill: seriesColor(0), rx: 3 }),
      Plot.ruleY(intervals, {
        y: "label",
        x1: "low",
        x2: "high",
        stroke: "var(--text)",
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

/** Estimates with their intervals, one above the other: a dot and a line each, in the colours of the series. */
export const intervalChart = ({
  bars,
  xLabel,
  reference,
  ...rest
}: ChartOptions & {
  /** `series`: whose colour it has. Default: its place. */
  readonly bars: readonly (Bar & { readonly series?: number })[];
  /** A vertical line, such as the best that there can be. */
  readonly reference?: { readonly x: number; readonly label: string };
}): Html => {
  const rows = bars.map((bar, index) => ({
    low: bar.value,
    high: bar.value,
    ...bar,
    color: seriesColor(bar.series ?? index),
  }));
  const longest = Math.max(0, ...bars.map(({ label }) => label.length));
  const ends = [...rows.flatMap(({ low, high }) => [low, high]), ...(reference ? [reference.x] : [])];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  // Without a width there is nothing that an axis could show: half the value on either side then.
  const margin = low === high ? Math.abs(low) / 2 || 1 : 0.05 * (high - low);
  return figure(rest, {
    height: 72 + bars.length * 32,
    marginTop: reference ? 24 : 8,
    marginLeft: Math.min(180, 24 + longest * 6.6),
    marginRight: 56,
    x: { ...axisDefaults, label: xLabel ?? null, ticks: 4, domain: [low - margin, high + margin] },
    y: { label: null, domain: bars.map(({ label }) => label), tickSize: 0, padding: 0.3 },
    marks: [
      Plot.gridX({ ...gridStyle, ticks: 4 }),
      ...(reference
        ? [
            Plot.ruleX([reference.x], { stroke: "currentColor", strokeDasharray: "4 4", strokeOpacity: 0.6 }),
            Plot.text([reference], {
              x: "x",
              text: "label",
              frameAnchor: "top",
              dy: -16,
              fill: "currentColor",
            }),
          ]
        : []),
      Plot.ruleY(rows, {
        y: "label",
        x1: "low",
        x2: "high",
        stroke: "color",
        strokeWidth: 5,
        strokeOpacity: 0.35,
      }),
      Plot.dot(rows, { x: "value", y: "label", fill: "color", r: 5, stroke: "var(--surface)" }),
      Plot.text(rows, {
        x: "high",
        y: "label",
        text: ({ value }: Bar) => formatNumber(value),
        dx: 10,
        textAnchor: "start",
        fill: "currentColor",
      }),
    ],
  });
};
