// Control.
export { huberLoss, squaredLoss, type TdLoss } from "./control/td-loss.ts";

// Text.
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
