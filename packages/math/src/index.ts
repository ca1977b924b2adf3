import "./register-gradients.ts";

export type { LossAggregation, SequenceAggregation } from "./aggregation.ts";
export { fixedLengthMean, sequenceMean, sequenceSumMean, tokenMean } from "./aggregation.ts";
export type { CenteredRows } from "./centered-rows.ts";
export { centerRows } from "./centered-rows.ts";
export { assertFinite, checkSameShapes, checkShape } from "./check-shape.ts";
export { largestFloat, weightShares } from "./checks.ts";
export type { Numbers, TensorTree } from "./compile-tree.ts";
export { compileTree } from "./compile-tree.ts";
export type { Choice, Sampler } from "./distributions/sampling.ts";
export {
  rowDraws,
  sampleCategorical,
  sampleCategoricalOnHost,
  sampleMostLikely,
  takeMostLikely,
} from "./distributions/sampling.ts";
export { embedding } from "./embedding.ts";
export { gatherRows } from "./gather-rows.ts";
export type { Gradients, LossAndAuxiliary, ValueAndGradients } from "./gradients.ts";
export { clipByGlobalNorm, clipScale, globalNorm, valueAndGradients } from "./gradients.ts";
export { linear } from "./linear.ts";
export { entropy, logSoftmax, selectedLogProbs } from "./log-probs.ts";
export { maskedMean, maskedMoments, maskedSum } from "./masked.ts";
export { nStepReturns } from "./n-step-returns.ts";
export type { Packed, Scalars } from "./packed.ts";
export { joinPacked, pack, readPacked } from "./packed.ts";
export type { PadOptions } from "./pad-sequences.ts";
export { padSequences } from "./pad-sequences.ts";
export { createVersionCounter } from "./parameters/version-counter.ts";
export {
  checkRestorable,
  makeTensor,
  mergeParameters,
  parametersState,
  readTensor,
  restoreParameters,
} from "./parameters.ts";
export type { Columns, PairRow } from "./preferences.ts";
export { bradleyTerryLoss, columnsOf, cutRows, pairAgreement, pairRows } from "./preferences.ts";
export type { AdvantageInputs, ReturnInputs } from "./returns.ts";
export { continues, discountedReturns, gae, lambdaReturns } from "./returns.ts";
export { shiftLeft } from "./reverse-scan.ts";
export { softplus } from "./softplus.ts";
export { stopGradient } from "./stop-gradient.ts";
export type { TextLayout } from "./text-decisions.ts";
export { promptsAndResponses, textDecisions } from "./text-decisions.ts";
export type { WhitenOptions } from "./whiten.ts";
export { scaleToUnitVariance, whiten } from "./whiten.ts";
