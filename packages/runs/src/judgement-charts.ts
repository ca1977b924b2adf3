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
