export {
  approximateKl,
  clippedSurrogate,
  isClipped,
  type RowLayout,
  ratioDeviation,
  type SftMix,
  type SftMixBatch,
  type SurrogateInputs,
  type SurrogateOptions,
  sequenceRows,
  stepRows,
  type Whitening,
} from "@accord-rl/policy-gradient";
export { createPpo } from "./ppo.ts";
export { clippedValueLoss, type ValueLossInputs } from "./ppo-loss.ts";
export { type PpoOptions, ppoDefaults } from "./ppo-options.ts";
export type { PpoParts } from "./ppo-parts.ts";
