import {
  InvalidArgumentError,
  joinStates,
  type QFunction,
  type Random,
  type State,
  type Stateful,
  splitState,
} from "@accord-rl/core";
import { type Optimizer, type OptimizerFactory, randomPart, undoOnError } from "@accord-rl/learning";
import { mergeParameters } from "@accord-rl/math";
import type { Replay } from "./replay.ts";
import type { StepWindows } from "./step-windows.ts";

/** What is counted during a run. */
export interface DqnCounters {
  updates: number;
  gradientSteps: number;
  /** That updates have seen. */
  environmentSteps: number;
  /** That the actor has chosen actions for. */
  actedSteps: number;
}

const names = ["updates", "gradientSteps", "environmentSteps", "actedSteps"] as const;

const readCounters = ({ json }: State): DqnCounters => {
  const saved = (json ?? {}) as Record<string, unknown>;
  for (const name of names) {
    const value = saved[name];
    if (Number.isSafeInteger(value) && (value as number) >= 0) continue;
    throw new InvalidArgumentError({
      argument: "state",
      value: json,
      message: `dqn.restore: ${name} is ${String(value)}, expected an integer of 0 or more`,
    });
  }
  return Object.fromEntries(names.map((name) => [name, saved[name]])) as unknown as DqnCounters;
};

/** Everything that changes during a run, restored as a whole or not at all. */
export const createDqnState = (options: {
  readonly q: QFunction;
  readonly target: QFunction;
  readonly optimizer: Optimizer;
  readonly makeOptimizer: OptimizerFactory;
  readonly replay: Replay;
  readonly windows: StepWindows;
  readonly random: Random;
  /** Written to when restored. */
  readonly counters: DqnCounters;
}): Stateful => {
  const { q, target, optimizer, makeOptimizer, replay, windows, random, counters } = options;
  const parts = { q, target, random: randomPart(random), windows, replay };
  return {
    state: async () => {
      const states: Record<string, State> = {
        optimizer: await optimizer.state(),
        dqn: { tensors: {}, json: { ...counters } },
      };
      for (const [name, part] of Object.entries(parts)) states[name] = await part.state();
      return joinStates(states);
    },
    restore: (state) => {
      const given = splitState(state, [...Object.keys(parts), "optimizer", "dqn"], "dqn.restore");
      const restored = readCounters(given.dqn!);
      // Tried on another one first: whoever comes last must not fail.
      const trial = makeOptimizer(q.parameters);
      const waiting = windows.snapshot();
      try {
        trial.restore(given.optimizer!);
        undoOnError(
          mergeParameters({ q: q.parameters, target: target.parameters }),
          () => {
            for (const [name, part] of Object.entries(parts)) part.restore(given[name]!);
          },
          random,
        );
      } catch (error) {
        waiting.undo();
        throw error;
      } finally {
        trial.dispose();
      }
      optimizer.restore(given.optimizer!);
      Object.assign(counters, restored);
    },
  };
};
