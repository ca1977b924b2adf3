export {
  type LoggedAlgorithmName,
  loggedAlgorithms,
  type TextAlgorithmName,
  textAlgorithms,
} from "./algorithms/index.ts";
export type { LoggedAlgorithm, LoggedSetting } from "./algorithms/logged-algorithm.ts";
export type {
  Author,
  TextAlgorithm,
  TextLearner,
  TextSetting,
  WritingPolicy,
} from "./algorithms/text-algorithm.ts";
export { type LoadedPolicy, loadPolicy, type PolicySettings } from "./models/load-policy.ts";
export { type LoadedModel, loadTextModel, type TextModelSettings } from "./models/load-text-model.ts";
export { type Belongings, savePolicy } from "./models/save-policy.ts";
export { alarmBlocks, alarmRows, monitorSection } from "./monitors/report-monitors.ts";
export { createWatch, type Watch, type WatchSettings } from "./monitors/watch.ts";
export type { Actors } from "./stages/actors.ts";
export {
  type EvaluationSettings,
  evaluate,
  evaluationDefaults,
  type PolicyName,
  policyNames,
} from "./stages/evaluate.ts";
export { type FineTuneSettings, fineTune, fineTuneDefaults, type Perplexity } from "./stages/fine-tune.ts";
export type { Authorship, EvaluationParts, HeldOutSample } from "./stages/held-out-samples.ts";
export { type Improved, improve, type NamedAlgorithm } from "./stages/improve.ts";
export {
  type FullImproveSettings,
  type ImproveSettings,
  improveDefaults,
} from "./stages/improve-settings.ts";
export { type LoggedSettings, learnFromLogged, loggedDefaults } from "./stages/learn-from-logged.ts";
export {
  type RewardModelParts,
  type RewardModelReport,
  type RewardModelSettings,
  rewardModelDefaults,
  trainRewardModel,
} from "./stages/train-reward-model.ts";
export { fromItems, type ItemSources, type ItemTask, type TaskItem } from "./tasks/from-items.ts";
export { type TaskName, taskLengths, tasks } from "./tasks/index.ts";
export { type PreferenceRow, type PreferenceTaskOptions, preferenceTask } from "./tasks/preference-task.ts";
export { loadSentimentTask } from "./tasks/sentiment.ts";
export type { LoadTask, Task, TaskSources, TaskWords } from "./tasks/task.ts";
export { type FullTaskSettings, type TaskSettings, taskDefaults } from "./tasks/task-settings.ts";
