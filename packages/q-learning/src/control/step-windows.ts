import { InvalidArgumentError, type State, type Stateful } from "@accord-rl/core";
import type { Steps } from "./steps.ts";
import type { Transition } from "./transition.ts";

type Step = Pick<Transition, "observation" | "action" | "reward" | "successor">;

/** Joins the steps of parallel environments into transitions of n steps. */
export interface StepWindows extends Stateful {
  /** Takes a rollout; gives every transition that is complete. */
  push(steps: Steps): Transition[];
  /** Remembers what is waiting. @returns what brings it back. */
  snapshot(): { undo(): void };
}

const isSame = (left: Float32Array, right: Float32Array): boolean =>
  left.length === right.length && left.every((value, i) => value === right[i]);

const invalid = (value: unknown): never => {
  throw new InvalidArgumentError({
    argument: "state",
    value,
    message: "StepWindows.restore: the lengths do not fit the steps, expected the state that state() gave",
  });
};

/**
 * n-step transitions: R = Σ_{i<m} γ^i·r_{t+i}, bootstrapped from s_{t+m} with γ^m.
 *
 * m is n, or less where the episode ends before: no window crosses an end. After a termination nothing is bootstrapped;
 * after a truncation the true successor is. The last n − 1 steps of a rollout wait for the next one; where that one
 * does not begin with the state they led to (environments started anew), their windows end there.
 *
 * @param options.steps     n.
 * @param options.discount  γ.
 * @see Sutton 1988; Hessel et al. 2018, Rainbow, eq. 1 and below. https://arxiv.org/abs/1710.02298
 */
export const createStepWindows = ({
  steps: n,
  discount,
}: {
  readonly steps: number;
  readonly discount: number;
}): StepWindows => {
  /** Per environment: steps whose windows are not complete. */
  let waiting: Step[][] = [];

  const join = (window: readonly Step[], isTerminated: boolean): Transition => {
    const { observation, action } = window[0]!;
    let [reward, factor] = [0, 1];
    for (const step of window) {
      reward += factor * step.reward;
      factor *= discount;
    }
    return {
      observation,
      action,
      reward,
      discount: isTerminated ? 0 : factor,
      successor: window.at(-1)!.successor,
    };
  };
  /** All windows that end with the last step, the longest first. */
  const flush = (window: Step[], isTerminated: boolean): Transition[] => {
    const joined = window.map((_, start) => join(window.slice(start), isTerminated));
    window.length = 0;
    return joined;
  };

  return {
    push: ({ rows, columns, current, next, actions, rewards, valid, terminated, truncated }) => {
      const width = current.length / (rows * columns);
      const at = (values: Float32Array, cell: number) => values.subarray(cell * width, (cell + 1) * width);
      const done: Transition[] = waiting.slice(rows).flatMap((window) => flush(window, false));
      waiting = Array.from({ length: rows }, (_, row) => {
        const window = waiting[row] ?? [];
        const last = window.at(-1);
        if (last && !isSame(last.successor, at(current, row * columns))) done.push(...flush(window, false));
        for (let cell = row * columns; cell < (row + 1) * columns; cell++) {
          if (valid[cell] !== 1) {
            done.push(...flush(window, false));
            continue;
          }
          window.push({
            observation: at(current, cell),
            action: actions[cell]!,
            reward: rewards[cell]!,
            successor: at(next, cell),
          });
          if (terminated[cell] === 1 || truncated[cell] === 1) {
            done.push(...flush(window, terminated[cell] === 1));
          } else if (window.length === n) {
            done.push(join(window, false));
            window.shift();
          }
        }
        return window.map((step) => ({
          ...step,
          observation: step.observation.slice(),
          successor: step.successor.slice(),
        }));
      });
      return done;
    },
    snapshot: () => {
      const before = waiting;
      return {
        undo: () => {
          waiting = before;
        },
      };
    },
    state: async () => {
      const steps = waiting.flat();
      const width = steps[0]?.observation.length ?? 0;
      const join = (read: (step: Step) => Float32Array) => ({
        dtype: "float32" as const,
        shape: [steps.length, width],
        data: Float32Array.from(steps.flatMap((step) => Array.from(read(step)))),
      });
      return {
        tensors: {
          observations: join(({ observation }) => observation),
          successors: join(({ successor }) => successor),
        },
        json: {
          lengths: waiting.map(({ length }) => length),
          actions: steps.map(({ action }) => action),
          rewards: steps.map(({ reward }) => reward),
        },
      };
    },
    restore: ({ tensors: { observations, successors }, json }: State) => {
      const { lengths, actions, rewards } = (json ?? {}) as Record<string, number[] | undefined>;
      const count = Array.isArray(lengths) ? lengths.reduce((sum, length) => sum + length, 0) : Number.NaN;
      const [held, width] = observations?.shape ?? [];
      const fits =
        held === count &&
        actions?.length === count &&
        rewards?.length === count &&
        successors?.shape.join() === observations?.shape.join() &&
        lengths?.every((length) => Number.isInteger(length) && length >= 0 && length < n);
      if (!fits || !observations || !successors) return invalid(json);
      let next = 0;
      waiting = lengths!.map((length) =>
        Array.from({ length }, () => {
          const place = next++;
          const at = ({ data }: { readonly data: ArrayLike<number> }) =>
            Float32Array.from({ length: width! }, (_, i) => data[place * width! + i]!);
          return {
            observation: at(observations),
            action: actions![place]!,
            reward: rewards![place]!,
            successor: at(successors),
          };
        }),
      );
    },
  };
};
