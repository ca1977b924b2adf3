export {
  type AdvantageEstimator,
  batchMeanBaseline,
  groupMean,
  groupStandardized,
  learnedBaseline,
  leaveOneOut,
  noBaseline,
  type RewardsToGoOptions,
} from "./advantages.ts";
export { createGrpo, createReinforcePlusPlus, createRloo, type FamilyParts } from "./family.ts";
export {
  type GroupAdvantage,
  type GroupedScores,
  groupMeanAdvantages,
  groupStandardizedAdvantages,
  leaveOneOutAdvantages,
} from "./group-advantages.ts";
export { overlongPenalty } from "./overlong-penalty.ts";
export { createReinforce } from "./reinforce.ts";
export { type ReinforceOptions, reinforceDefaults } from "./reinforce-options.ts";
export type { AggregationFor, ReinforceParts, RolloutFor } from "./reinforce-parts.ts";
export {
  type MaskedSurrogateInputs,
  meanSequenceRatio,
  plainGradient,
  type Surrogate,
  type SurrogateLevel,
  sequenceRatio,
  tokenRatio,
  truncatedRatio,
} from "./surrogate.ts";
