import { a2c } from "./a2c.ts";
import { dpo } from "./dpo.ts";
import { grpo } from "./grpo.ts";
import { ilql } from "./ilql.ts";
import type { LoggedAlgorithm } from "./logged-algorithm.ts";
import { ppo } from "./ppo.ts";
import { qLearning } from "./q-learning.ts";
import { reinforce } from "./reinforce.ts";
import { rloo } from "./rloo.ts";
import type { TextAlgorithm } from "./text-algorithm.ts";

/** By name. */
export const textAlgorithms = {
  ppo,
  a2c,
  reinforce,
  rloo,
  grpo,
  "q-learning": qLearning,
  dpo,
} as const satisfies Record<string, TextAlgorithm>;

export type TextAlgorithmName = keyof typeof textAlgorithms;

/** Those that learn from what others wrote. */
export const loggedAlgorithms = { ilql } as const satisfies Record<string, LoggedAlgorithm>;

export type LoggedAlgorithmName = keyof typeof loggedAlgorithms;
