import { type Compile, interpret, type Observations, type Rollout } from "@accord-rl/core";
import { compileTree } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { evenParts, sliceRows } from "./batch.ts";

const rolloutTensors = ["actions", "rewards", "valid", "mask", "terminated", "truncated"] as const;

/** Compiles what is asked of a rollout's tensors. */
export const compileRollout = <Obs extends Observations, R extends object>(
  fn: (rollout: Rollout<Obs>) => R,
  compile: Compile = interpret,
  name?: string,
): ((rollout: Rollout<Obs>) => R) => {
  if (compile === interpret) return fn;
  type Tensors = Pick<Rollout<Obs>, "observations" | (typeof rolloutTensors)[number]>;
  const compiled = compileTree(
    (tensors: Tensors) => fn({ ...tensors, policyVersion: 0, extras: {} }),
    compile,
    name,
  );
  return ({ observations, actions, rewards, valid, mask, terminated, truncated }) =>
    compiled({ observations, actions, rewards, valid, mask, terminated, truncated });
};

/** Applies a function to a rollout at most `size` sequences at a time, and puts the results together again. */
export const inChunks = <Obs extends Observations, R extends object>(
  rollout: Rollout<Obs>,
  size: number | null,
  fn: (part: Rollout<Obs>) => R,
): R => {
  const B = rollout.actions.shape[0];
  if (size === null || size >= B) return fn(rollout);
  const tensors = Object.fromEntries(rolloutTensors.map((name) => [name, rollout[name]]));
  const parts = evenParts(B, Math.ceil(B / size)).map(([start, end]) =>
    tf.tidy(
      () =>
        fn({
          ...rollout,
          ...sliceRows(tensors, start, end),
          observations: sliceRows(rollout.observations, start, end),
        }) as tf.TensorContainer & R,
    ),
  ) as Record<string, Tensor>[];
  return Object.fromEntries(
    Object.keys(parts[0]!).map((name) => [
      name,
      tf.concat(
        parts.map((part) => part[name]!),
        0,
      ),
    ]),
  ) as R;
};
