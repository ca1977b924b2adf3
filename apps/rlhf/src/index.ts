export { type TextAlgorithmName, textAlgorithms } from "./algorithms/index.ts";
export type { TextAlgorithm, TextLearner, TextSetting, WritingPolicy } from "./algorithms/text-algorithm.ts";
