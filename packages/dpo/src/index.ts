export type { DpoParts } from "./dpo.ts";
export { createDpo } from "./dpo.ts";
export type { DpoLossOptions, IpoLossOptions } from "./dpo-loss.ts";
export { dpoLoss, ipoLoss } from "./dpo-loss.ts";
export type { KtoParts } from "./kto.ts";
export { createKto } from "./kto.ts";
export type { KtoLossOptions } from "./kto-loss.ts";
export { ktoLoss } from "./kto-loss.ts";
export type {
  PairInputs,
  PairLosses,
  RatedInputs,
  RatedResponse,
  RatedResponseBatch,
  ReferencedScores,
  ReferenceFreeLoss,
  ReferenceLoss,
  ResponseScores,
  UnpairedLoss,
} from "./loss-types.ts";
export type { PreferenceOptions } from "./options.ts";
export { preferenceDefaults } from "./options.ts";
export type { PrecomputedReference } from "./reference.ts";
export { precomputeReference } from "./reference.ts";
export type { OrpoLossOptions, SimPoLossOptions } from "./reference-free-losses.ts";
export { orpoLoss, simPoLoss } from "./reference-free-losses.ts";
export type { LayOut, ResponseDecisions } from "./responses.ts";
