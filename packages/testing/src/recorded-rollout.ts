import type { GroupedRollout } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { TabularObservations } from "./tabular.ts";

type Rows = readonly (readonly number[])[];

/** A tabular rollout as plain numbers, B × T each, such as a golden has. */
export interface RecordedRollout {
  readonly states: Rows;
  readonly nextStates: Rows;
  readonly actions: Rows;
  readonly behaviourLogProbs: Rows;
  readonly rewards: Rows;
  readonly valid: Rows;
  readonly terminated: Rows;
  readonly truncated: Rows;
  /** Default: as `valid`. */
  readonly mask?: Rows;
  /** B. Default: all are one group. */
  readonly groups?: readonly number[];
}

/** The rollout that was recorded, with changes. The caller owns it. */
export const recordedRollout = (
  recorded: RecordedRollout,
  changes: Partial<GroupedRollout<TabularObservations>> = {},
) => {
  const floats = (rows: Rows): tf.Tensor2D => tf.tensor2d(rows.map((row) => [...row]));
  const integers = (rows: Rows): tf.Tensor2D =>
    tf.tensor2d(
      rows.map((row) => [...row]),
      undefined,
      "int32",
    );
  const { valid, mask = valid, groups = recorded.valid.map(() => 0) } = recorded;
  return {
    observations: { states: integers(recorded.states), nextStates: integers(recorded.nextStates) },
    actions: integers(recorded.actions),
    behaviourLogProbs: floats(recorded.behaviourLogProbs),
    rewards: floats(recorded.rewards),
    valid: floats(valid),
    mask: floats(mask),
    terminated: floats(recorded.terminated),
    truncated: floats(recorded.truncated),
    groups: Int32Array.from(groups),
    policyVersion: 0,
    extras: {},
    ...changes,
  } satisfies GroupedRollout<TabularObservations>;
};
