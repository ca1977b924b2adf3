export { loggedAlgorithms, type TextAlgorithmName, textAlgorithms } from "./algorithms/index.ts";
export type {
  Author,
  TextAlgorithm,
  TextLearner,
  TextSetting,
  WritingPolicy,
} from "./algorithms/text-algorithm.ts";
export { evaluate } from "./evaluate.ts";
export { fineTune } from "./fine-tune.ts";
export type { Authorship, HeldOutSample } from "./held-out-samples.ts";
export { type Improved, improve } from "./improve.ts";
export { learnFromLogged } from "./learn-from-logged.ts";
export { loadPolicy } from "./load-policy.ts";
export { type Options as SentimentOptions, options as sentimentOptions } from "./options.ts";
export { alarmBlocks, alarmRows } from "./report-monitors.ts";
export { loadSentimentTask } from "./tasks/sentiment.ts";
export type { Task, TaskSources } from "./tasks/task.ts";
export { trainRewardModel } from "./train-reward-model.ts";
