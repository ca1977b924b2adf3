import { type Environment, type NestedNumbers, type State, type Stateful, toFloat32 } from "@accord-rl/core";

type Flags = NestedNumbers | readonly boolean[];

/** An environment that may answer in plain arrays: flat, or nested by their dimensions. */
export interface LooseEnvironment extends Omit<Environment, "reset" | "step"> {
  /** @returns [B × observation]. */
  reset(...parameters: Parameters<Environment["reset"]>): NestedNumbers;
  step(actions: Int32Array): {
    /** [B × observation]. */
    readonly observations: NestedNumbers;
    readonly successors: NestedNumbers;
    /** [B]. */
    readonly rewards: NestedNumbers;
    readonly terminated: Flags;
    readonly truncated: Flags;
  };
}

/** The same environment, whose answers are typed arrays of the right size. */
export const readEnvironment = (environment: LooseEnvironment): Environment => {
  const { name, size, observationShape, actions } = environment;
  const seen = (where: string, what: string, value: NestedNumbers) =>
    toFloat32(`${name}.${where}`, what, value, [size, ...observationShape]);
  const column = (what: string, value: Flags) =>
    toFloat32(
      `${name}.step`,
      what,
      Array.isArray(value)
        ? value.map((one: unknown) => (typeof one === "boolean" ? Number(one) : one) as number)
        : (value as NestedNumbers),
      [size],
    );
  return {
    name,
    size,
    observationShape,
    actions,
    ...(environment.state && environment.restore
      ? {
          state: () => (environment as LooseEnvironment & Stateful).state(),
          restore: (state: State) => (environment as LooseEnvironment & Stateful).restore(state),
        }
      : {}),
    reset: (random) => seen("reset", "observations", environment.reset(random)),
    step: (actions) => {
      const { observations, successors, rewards, terminated, truncated } = environment.step(actions);
      return {
        observations: seen("step", "observations", observations),
        successors: seen("step", "successors", successors),
        rewards: column("rewards", rewards),
        terminated: column("terminated", terminated),
        truncated: column("truncated", truncated),
      };
    },
  };
};
