import type { ControlObservations, Rollout } from "@accord-rl/core";

/** A rollout on the host: [B × T] each, row-major. */
export interface Steps {
  readonly rows: number;
  readonly columns: number;
  /** Of one observation. */
  readonly observationShape: readonly number[];
  readonly current: Float32Array;
  readonly next: Float32Array;
  readonly actions: ArrayLike<number>;
  readonly rewards: ArrayLike<number>;
  readonly valid: ArrayLike<number>;
  readonly terminated: ArrayLike<number>;
  readonly truncated: ArrayLike<number>;
}

export const readSteps = async (rollout: Rollout<ControlObservations>): Promise<Steps> => {
  const { observations, actions, rewards, valid, terminated, truncated } = rollout;
  const [rows, columns] = actions.shape;
  const tensors = [observations.current, observations.next, rewards, valid, terminated, truncated] as const;
  const [current, next, ...rest] = await Promise.all(tensors.map((tensor) => tensor.data<"float32">()));
  return {
    rows,
    columns,
    observationShape: observations.current.shape.slice(2),
    current: current!,
    next: next!,
    actions: await actions.data(),
    rewards: rest[0]!,
    valid: rest[1]!,
    terminated: rest[2]!,
    truncated: rest[3]!,
  };
};
