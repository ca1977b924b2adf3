import "./register-gradients.ts";

export type { LossAggregation, SequenceAggregation } from "./aggregation.ts";
export { fixedLengthMean, sequenceMean, sequenceSumMean, tokenMean } from "./aggregation.ts";
export { assertFinite, checkSameShapes, checkShape } from "./check-shape.ts";
export { largestFloat, requireCount, requireNumber, weightShares } from "./checks.ts";
export type { TensorTree } from "./compile-tree.ts";
export { compileTree } from "./compile-tree.ts";
export { embedding } from "./embedding.ts";
export { checkTarget, followParameters } from "./follow-parameters.ts";
export { gatherRows } from "./gather-rows.ts";
export type { GradientLearnerParts } from "./gradient-learner.ts";
export { createGradientLearner } from "./gradient-learner.ts";
export type { GradientStep, Gradients, LossAndAuxiliary, ValueAndGradients } from "./gradients.ts";
export {
  accumulateGradients,
  addGradients,
  clipByGlobalNorm,
  globalNorm,
  gradientStep,
  valueAndGradients,
} from "./gradients.ts";
export { createGuardedUpdate } from "./guarded-update.ts";
export type { LearnerState } from "./learner-state.ts";
export { createLearnerState, randomPart } from "./learner-state.ts";
export { meanStats, requireFiniteStats } from "./learner-stats.ts";
export { linear } from "./linear.ts";
export { entropy, logSoftmax, selectedLogProbs } from "./log-probs.ts";
export { maskedMean, maskedSum } from "./masked.ts";
export { nStepReturns } from "./n-step-returns.ts";
export type { CommonOptimizerOptions, Optimizer, OptimizerFactory, TraceableUpdate } from "./optimizer.ts";
export type { Coefficients, Optimized, OptimizerGroup } from "./optimizer-group.ts";
export { createOptimizerGroup, policyAndValueOptimizers } from "./optimizer-group.ts";
export type { OptimizerStepParts } from "./optimizer-step.ts";
export { createOptimizerStep } from "./optimizer-step.ts";
export type { AdamOptions, RmsPropOptions, SgdOptions } from "./optimizers.ts";
export { adam, adamW, rmsProp, sgd } from "./optimizers.ts";
export type { Packed } from "./packed-numbers.ts";
export { createPack, readPacked } from "./packed-numbers.ts";
export type { PadOptions } from "./pad-sequences.ts";
export { padSequences } from "./pad-sequences.ts";
export {
  makeTensor,
  mergeParameters,
  parametersState,
  readTensor,
  restoreParameters,
} from "./parameters.ts";
export type { Columns, PairRow } from "./preferences.ts";
export { bradleyTerryLoss, columnsOf, cutRows, pairAgreement, pairRows } from "./preferences.ts";
export { count, notNegative, type Rule, rate, refuseOption, resolveOptions } from "./resolve-options.ts";
export { readUpdates, undoOnError } from "./restore-learner.ts";
export type { AdvantageInputs, ReturnInputs } from "./returns.ts";
export { continues, discountedReturns, gae, lambdaReturns } from "./returns.ts";
export { shiftLeft } from "./reverse-scan.ts";
export type { RampOptions, Schedule } from "./schedules.ts";
export { constantSchedule, cosineSchedule, linearSchedule, withWarmup } from "./schedules.ts";
export { softplus } from "./softplus.ts";
export { stopGradient } from "./stop-gradient.ts";
export type { TextLayout } from "./text-decisions.ts";
export { promptsAndResponses, textDecisions } from "./text-decisions.ts";
export type { WhitenOptions } from "./whiten.ts";
export { scaleToUnitVariance, whiten } from "./whiten.ts";
