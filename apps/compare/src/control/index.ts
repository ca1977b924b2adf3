import type { ControlAlgorithm } from "./control-algorithm.ts";
import { ppo } from "./ppo.ts";

export type { ControlAlgorithm, ControlLearner, ControlSetting } from "./control-algorithm.ts";

/** By the names that the command line knows. */
export const controlAlgorithms = { ppo } as const satisfies Record<string, ControlAlgorithm>;

export type ControlAlgorithmName = keyof typeof controlAlgorithms;
