// Control.
export { categoricalCrossEntropy, projectCategories } from "./control/categorical-loss.ts";
export { createDqn } from "./control/dqn.ts";
export {
  categoricalLoss,
  type DqnLoss,
  type DqnLossInputs,
  quantileLoss,
  tdLoss,
} from "./control/dqn-loss.ts";
export { type DqnOptions, dqnDefaults } from "./control/dqn-options.ts";
export type { Dqn, DqnParts } from "./control/dqn-parts.ts";
export { boltzmann, type Exploration, epsilonGreedy, greedy } from "./control/exploration.ts";
export { type PrioritizedReplayOptions, prioritizedReplay } from "./control/prioritized-replay.ts";
export { createGreedyActor } from "./control/q-actor.ts";
export { quantileHuber } from "./control/quantile-loss.ts";
export { type Replay, type ReplaySample, uniformReplay } from "./control/replay.ts";
export { hardTarget, polyak, type TargetUpdate } from "./control/target-update.ts";
export { huberLoss, squaredLoss, type TdLoss } from "./control/td-loss.ts";
export type { Transition, TransitionColumns } from "./control/transition.ts";

// Text.
export { createIlql, type Ilql, type IlqlParts } from "./text/ilql.ts";
export {
  expectileLoss,
  type IlqlLosses,
  type IlqlLossInputs,
  type IlqlWeights,
  ilqlLoss,
} from "./text/ilql-loss.ts";
export { type IlqlOptions, ilqlDefaults } from "./text/ilql-options.ts";
export {
  type PathInputs,
  type PathOptions,
  type Paths,
  pathConsistency,
  pathsOf,
} from "./text/path-consistency.ts";
export {
  everyLength,
  oneStep,
  type Segments,
  segmentWeights,
  together,
  toTheEnd,
  wholePath,
} from "./text/segments.ts";
export {
  createSequenceReplay,
  newestBiased,
  type ReplaySampling,
  type SequenceReplay,
  uniformSampling,
} from "./text/sequence-replay.ts";
export type { SequenceRow } from "./text/sequence-rows.ts";
export { createSoftQLearning } from "./text/soft-q-learning.ts";
export { type SoftQOptions, softQDefaults } from "./text/soft-q-options.ts";
export type { SoftQParts } from "./text/soft-q-parts.ts";
