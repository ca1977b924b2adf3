export { createSft, type Sft, type SftParts } from "./sft.ts";
export { learnedLogits, tokenLosses } from "./sft-loss.ts";
export { type SftOptions, sftDefaults } from "./sft-options.ts";
export { type TextTensors, textTensors } from "./text-batches.ts";
