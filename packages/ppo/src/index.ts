export { createPpo } from "./ppo.ts";
export {
  approximateKl,
  clippedSurrogate,
  clippedValueLoss,
  isClipped,
  ratioDeviation,
  type SurrogateInputs,
  type SurrogateOptions,
  type ValueLossInputs,
} from "./ppo-loss.ts";
export { type PpoOptions, ppoDefaults, type Whitening } from "./ppo-options.ts";
export type { PpoParts } from "./ppo-parts.ts";
export { type RowLayout, sequenceRows, stepRows } from "./rows.ts";
export type { SftMix, SftMixBatch } from "./sft-mix.ts";
