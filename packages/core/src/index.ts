export type { Algorithm, Learner, Stats, Tracker } from "./algorithm.ts";
export { brokenPipeExitCode, onBrokenPipe } from "./broken-pipe.ts";
export {
  count,
  finitePositive,
  notNegative,
  openRate,
  positive,
  positiveRate,
  type Rule,
  rate,
  rateBelowOne,
  refuse,
  requireCount,
  requireEach,
  requireGiven,
  requireLength,
  requireNumber,
  requireNumbers,
  requireRule,
  requireSameLength,
} from "./checks.ts";
export type {
  Compile,
  CompiledFunctionStats,
  CompileHints,
  Compiler,
  TensorFunction,
} from "./compile.ts";
export { interpret } from "./compile.ts";
export { checkDraw, withoutDraws } from "./draw-guard.ts";
export type { Actor, Environment, EnvironmentStep } from "./environment.ts";
export {
  AccordError,
  BackendUnavailableError,
  CheckpointError,
  DataError,
  InvalidArgumentError,
  ModelError,
  NonFiniteError,
  ShapeError,
} from "./errors.ts";
export { type Fuser, fuse, withFuser } from "./fuse.ts";
export type { Json } from "./json.ts";
export type { KlInputs, KlPlacement, KlRegularizer, KlSemantics, ReferenceEvaluation } from "./kl.ts";
export { meanOf } from "./mean.ts";
export type { NestedNumbers } from "./nested-numbers.ts";
export { toFloat32 } from "./nested-numbers.ts";
export { type JsonBounds, parseJson, quoteOutside, shorten } from "./outside-text.ts";
export { joinStates, splitState } from "./parts-state.ts";
export type {
  ActionEvaluation,
  EvaluationRequest,
  Parameters,
  Policy,
  ReferencePolicy,
  Trainable,
  ValueFunction,
} from "./policy.ts";
export type {
  AbstainOptions,
  Abstention,
  LabeledPreference,
  Labeler,
  PreferenceBatch,
  PreferencePair,
  RatedText,
  RatingBatch,
  TextBatch,
  TextExample,
} from "./preference.ts";
export type {
  CategoricalQFunction,
  DistributionalQFunction,
  QFunction,
  QuantileQFunction,
} from "./q-function.ts";
export type { Random } from "./random.ts";
export { createRandom } from "./random.ts";
export { resolveOptions } from "./resolve-options.ts";
export type { RewardSource, Score, Scores } from "./reward.ts";
export type {
  ControlObservations,
  Decisions,
  GroupedRollout,
  Observations,
  Rollout,
  TextObservations,
} from "./rollout.ts";
export { disposeRollout } from "./rollout.ts";
export {
  cleanText,
  excerptOf,
  hiddenSecret,
  keepSecret,
  redactJson,
  redactSecrets,
  safeJson,
  showSafely,
} from "./safe-text.ts";
export type { Disposable, State, Stateful, TensorData } from "./stateful.ts";
export type {
  Backbone,
  ChatMessage,
  CompleteOptions,
  Completion,
  Conversation,
  GenerateOptions,
  Generation,
  LanguageModel,
  LogitsGuide,
  ScoreOptions,
  TextActor,
  TextModel,
  TextSample,
  Tokenizer,
  TokenSequence,
  TokenUsage,
} from "./text.ts";
export { textSamples } from "./text-samples.ts";
export { textOfContent, type UnreadPart, unreadPartOfMessage, unreadPartOfRow } from "./unread-parts.ts";
