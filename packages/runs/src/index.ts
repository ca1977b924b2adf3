export { dataTable, keyFigures, paragraphs, sampleComparison, smallMultiples } from "./blocks.ts";
export { lineChart, metricSeries, scatterChart } from "./charts.ts";
export { computeOptionNames, computeOptions } from "./compute-options.ts";
export { defineOptions } from "./define-options.ts";
export { displayPath, resolvePath } from "./folders.ts";
export { formatDuration, formatNumber } from "./format.ts";
export type { Html } from "./html.ts";
export { html } from "./html.ts";
export { RunInterruptedError } from "./interrupt.ts";
export { barChart, intervalChart, reliabilityChart } from "./judgement-charts.ts";
export { createMemoryRun, type MemoryRunOptions } from "./memory-run.ts";
export { openRun } from "./open-run.ts";
export { optionsSection } from "./options-section.ts";
export type {
  AppOptions,
  GivenOptions,
  OptionsDefinition,
  OptionValues,
  Preset,
  StandardValues,
} from "./options-types.ts";
export type { Profile, ProfiledCall, ProfileRow, TraceEvent } from "./profile.ts";
export { createProfile } from "./profile.ts";
export { renderReport, writeReport } from "./report.ts";
export type {
  Bar,
  Block,
  ChartOptions,
  KeyFigure,
  LineChartOptions,
  Point,
  ReliabilityBin,
  Report,
  ReportSection,
  SampleComparison,
  SampleResponse,
  ScatterPoint,
  Series,
} from "./report-types.ts";
export type { RunAppSettings } from "./run-app.ts";
export { runApp } from "./run-app.ts";
export type {
  LoopOptions,
  LoopStep,
  MetricRow,
  Output,
  Parts,
  Run,
  RunOptions,
  Stage,
  StageOptions,
} from "./run-types.ts";
export { formatMarkdownTable, formatTable } from "./table.ts";
export { encodeFileVersion, encodeScalars } from "./tensorboard.ts";
export { formatProfile } from "./write-profile.ts";
