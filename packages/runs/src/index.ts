export { defineOptions } from "./define-options.ts";
export { displayPath, resolvePath } from "./folders.ts";
export { formatDuration, formatNumber } from "./format.ts";
export { RunInterruptedError } from "./interrupt.ts";
export { openRun } from "./open-run.ts";
export type { AppOptions, OptionsDefinition, OptionValues, Preset, StandardValues } from "./options-types.ts";
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
export { encodeFileVersion, encodeScalars } from "./tensorboard.ts";
