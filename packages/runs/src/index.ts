export type { AppOptions, OptionsDefinition, OptionValues, Preset, StandardValues } from "./options-types.ts";
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
