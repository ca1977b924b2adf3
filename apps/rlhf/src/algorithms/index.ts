import { ppo } from "./ppo.ts";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** By the names that the command line knows. */
export const textAlgorithms = { ppo } as const satisfies Record<string, TextAlgorithm>;

export type TextAlgorithmName = keyof typeof textAlgorithms;
