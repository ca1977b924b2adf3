import type { Html } from "./html.ts";

/** One thing on the page. The functions below make them; `html` makes others. */
export type Block = Html;

export interface ReportSection {
  readonly title: string;
  /** What the reader is to see here, in a sentence or two. */
  readonly intro?: string;
  readonly blocks: readonly Block[];
}

export interface Report {
  readonly title: string;
  readonly subtitle?: string;
  readonly sections: readonly ReportSection[];
  /** Small print at the end: versions, command. */
  readonly footer?: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Borders of an interval around y, drawn as a band. */
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface ChartOptions {
  readonly title: string;
  /** One sentence under the chart: what to see. */
  readonly note?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

export interface LineChartOptions extends ChartOptions {
  readonly series: readonly Series[];
  /** Moving average over so many points, over the faint raw line. Default: a twentieth of the points. */
  readonly smooth?: number;
  /** Horizontal lines, such as a target. */
  readonly references?: readonly { readonly y: number; readonly label: string }[];
}

export interface ReliabilityBin {
  /** Mean predicted probability. */
  readonly confidence: number;
  /** Share that was right. */
  readonly accuracy: number;
  readonly count: number;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface ScatterPoint extends Point {
  readonly label?: string;
}

export interface KeyFigure {
  readonly label: string;
  readonly value: string | number;
  /** Such as an interval. */
  readonly note?: string;
  readonly tone?: "good" | "bad";
}

export interface SampleResponse {
  /** Whose it is: before, after. */
  readonly label: string;
  readonly text: string;
  readonly scores?: Readonly<Record<string, number>>;
}

export interface SampleComparison {
  readonly prompt: string;
  readonly responses: readonly SampleResponse[];
}
