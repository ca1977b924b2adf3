import {
  createRandom,
  InvalidArgumentError,
  type Json,
  type Random,
  ShapeError,
  type State,
  type TensorData,
} from "@accord-rl/core";

/** The stream that an environment draws from: handed over by `reset`, saved with the environment. */
export interface EnvironmentRandom {
  start(random: Random): void;
  /** @throws InvalidArgumentError before `start`. */
  current(): Random;
  state(): Json;
  restore(state: Json): void;
}

export const createEnvironmentRandom = (name: string): EnvironmentRandom => {
  let random: Random | undefined;
  return {
    start: (source) => {
      random = source;
    },
    current: () => {
      if (random) return random;
      throw new InvalidArgumentError({
        argument: "random",
        value: random,
        message: `${name}: step came before reset, expected reset(random) first`,
      });
    },
    state: () => random?.state() ?? null,
    restore: (state) => {
      // A stream of its own: the one that was handed over may be another part's, which restores it by itself.
      const restored = state === null ? undefined : createRandom(0);
      restored?.restore(state);
      random = restored;
    },
  };
};

/** Doubles as pairs of int32, which keep every bit. */
export const doublesToState = (values: Float64Array): TensorData => ({
  dtype: "int32",
  shape: [values.length, 2],
  data: new Int32Array(values.slice().buffer),
});

/** @returns the int32 data of one tensor of a state. @throws ShapeError when it isn't there in this shape. */
export const int32FromState = (
  { tensors }: State,
  where: string,
  tensor: string,
  expected: readonly number[],
): Int32Array => {
  const { shape = [], data } = tensors[tensor] ?? {};
  if (data instanceof Int32Array && shape.join() === expected.join()) return data;
  const hint = "as state() gave it, for as many environments";
  throw new ShapeError({ where: `${where}.restore`, tensor, actual: shape, expected, hint });
};

/** The inverse of `doublesToState`. */
export const doublesFromState = (
  state: State,
  where: string,
  tensor: string,
  count: number,
): Float64Array => {
  const data = int32FromState(state, where, tensor, [count, 2]);
  return new Float64Array(Int32Array.from(data).buffer);
};
