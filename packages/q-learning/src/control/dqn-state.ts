import type { QFunction, Random, Stateful } from "@accord-rl/core";
import {
  createLearnerState,
  type LearnerState,
  type OptimizerFactory,
  randomPart,
} from "@accord-rl/learning";
import { mergeParameters } from "@accord-rl/math";
import type { Replay } from "./replay.ts";
import type { StepWindows } from "./step-windows.ts";

/** Counted during a run. */
export type DqnCounters = {
  updates: number;
  gradientSteps: number;
  /** Steps that updates have seen. */
  environmentSteps: number;
  /** Steps that the actor has chosen actions for. */
  actedSteps: number;
};

/** Everything that changes during a run, restored as a whole or not at all. */
export const createDqnState = ({
  q,
  target,
  optimizer,
  replay,
  windows,
  random,
  counters,
}: {
  readonly q: QFunction;
  readonly target: QFunction;
  readonly optimizer: OptimizerFactory;
  readonly replay: Replay;
  readonly windows: StepWindows;
  readonly random: Random;
  /** Written to when restored. */
  readonly counters: DqnCounters;
}): LearnerState => {
  const learner = createLearnerState({
    name: "dqn",
    optimized: { optimizer: { parameters: q.parameters, optimizer } },
    parts: { q, target, random: randomPart(random), windows, replay } satisfies Record<string, Stateful>,
    parameters: mergeParameters({ q: q.parameters, target: target.parameters }),
    random,
    counters,
  });
  return Object.assign(Object.create(learner) as LearnerState, {
    restore: (...[state]: Parameters<LearnerState["restore"]>) => {
      const waiting = windows.snapshot();
      try {
        learner.restore(state);
      } catch (error) {
        waiting.undo();
        throw error;
      }
    },
  });
};
