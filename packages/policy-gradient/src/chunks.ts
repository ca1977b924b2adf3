import { type Compile, interpret, type Observations, type Rollout } from "@accord-rl/core";
import { compileTree, type Numbers, type Scalars } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { evenParts, sliceRows } from "./batch.ts";

const rolloutTensors = ["actions", "rewards", "valid", "mask", "terminated", "truncated"] as const;

type Tensors<Obs extends Observations> = Pick<
  Rollout<Obs>,
  "observations" | "behaviourLogProbs" | (typeof rolloutTensors)[number]
>;

const tensorsOf = <Obs extends Observations>({
  observations,
  behaviourLogProbs,
  ...rollout
}: Rollout<Obs>): Tensors<Obs> => {
  const { actions, rewards, valid, mask, terminated, truncated } = rollout;
  const tensors = { observations, actions, rewards, valid, mask, terminated, truncated };
  return behaviourLogProbs ? { ...tensors, behaviourLogProbs } : tensors;
};

/** Whether a rollout's tensors are all that it holds: no groups, and no extras. */
export const isOfTensors = (rollout: Rollout): boolean => {
  const { policyVersion: _, extras, ...rest } = rollout;
  const known = tensorsOf(rollout);
  return Object.keys(extras).length === 0 && Object.keys(rest).every((name) => name in known);
};

/** Compiles a function of a rollout's tensors, of other tensors that change, and of numbers. */
export const compileRollout = <R extends Rollout, Result extends object, More extends object = object>(
  fn: (rollout: R, numbers: Scalars, more: More) => Result,
  compile: Compile = interpret,
  name?: string,
): ((rollout: R, numbers?: Numbers, more?: More) => Result) => {
  const none = {} as More;
  if (compile === interpret) {
    const call = compileTree(({ rollout, more }: { rollout: R; more: More }, numbers) =>
      fn(rollout, numbers, more),
    );
    return (rollout, numbers, more = none) => call({ rollout, more }, numbers);
  }
  const compiled = compileTree(
    ({ tensors, more = none }: { tensors: Tensors<Observations>; more?: More }, numbers) =>
      fn({ ...tensors, policyVersion: 0, extras: {} } as Rollout as R, numbers, more),
    compile,
    name,
  );
  return (rollout, numbers, more = none) => compiled({ tensors: tensorsOf(rollout), more }, numbers);
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
