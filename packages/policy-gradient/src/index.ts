export type { Columns } from "./batch.ts";
export type { Evaluation, Loss, LossTerms } from "./objective.ts";
export {
  type CommonOptions,
  commonDefaults,
  commonRules,
  controlOptions,
  type PassOptions,
  type ReturnOptions,
  resolveOptions,
  type Whitening,
} from "./options.ts";
export type { PolicyGradientParts } from "./parts.ts";
export { onePass, overEpochs, type Passes, type PassTools } from "./passes.ts";
export { createPolicyGradient, type PolicyGradientMethod } from "./policy-gradient.ts";
export type { Estimate, EstimateInputs, Estimates } from "./prepare.ts";
export { approximateKl, importanceRatio, type RatioInputs, ratioDeviation } from "./ratios.ts";
export { type RowLayout, sequenceRows, stepRows } from "./rows.ts";
export type { SftMix, SftMixBatch } from "./sft-mix.ts";
export {
  type ClipOptions,
  clippedSurrogate,
  isClipped,
  policyGradientLoss,
  type SurrogateInputs,
  type SurrogateOptions,
  valueLoss,
} from "./surrogates.ts";
