import type { PreferencePair } from "@accord-rl/core";
import type { TextAlgorithmName } from "@accord-rl/recipes";
import type { Feedback } from "./feedback.ts";

/** One way to a policy: whose labels its reward model learns from, and what trains it. */
export interface Arm {
  readonly title: string;
  readonly pairs: (feedback: Feedback) => readonly PreferencePair[];
  /** Default: `--algorithm`. */
  readonly algorithm?: TextAlgorithmName;
}

/** What is compared. The first RLAIF work trained by A2C: that is one of them. */
export const arms = {
  rlhf: { title: "RLHF: few human labels", pairs: ({ human }) => human },
  rlaif: { title: "RLAIF: AI labels", pairs: ({ ai }) => ai },
  hybrid: { title: "hybrid: both", pairs: ({ hybrid }) => hybrid },
  "rlaif-a2c": { title: "RLAIF, trained by A2C", pairs: ({ ai }) => ai, algorithm: "a2c" },
} as const satisfies Readonly<Record<string, Arm>>;

export type ArmName = keyof typeof arms;
export const armNames = Object.keys(arms) as [ArmName, ...ArmName[]];
