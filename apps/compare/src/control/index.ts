import { a2c } from "./a2c.ts";
import type { ControlAlgorithm } from "./control-algorithm.ts";
import { dqn } from "./dqn.ts";
import { ppo } from "./ppo.ts";

export type { ControlAlgorithm, ControlLearner, ControlSetting } from "./control-algorithm.ts";

/** By the names that the command line knows. */
export const controlAlgorithms = { ppo, a2c, dqn } as const satisfies Record<string, ControlAlgorithm>;

export type ControlAlgorithmName = keyof typeof controlAlgorithms;
