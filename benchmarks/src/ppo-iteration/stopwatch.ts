import type { Compile, TensorFunction } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Tells scoring from training inside one update: PPO evaluates its reference and its values by functions that it
 * compiles. A function that meets `mark` while it runs, or while it is recorded, is scoring whenever it is called.
 */
export const createStopwatch = () => {
  let seconds = 0;
  let isMarked = false;
  const add = (start: number): void => {
    seconds += (performance.now() - start) / 1000;
  };
  return {
    /** Makes a function say that it is scoring. */
    mark:
      <Input, Output>(fn: (input: Input) => Output) =>
      (input: Input): Output => {
        isMarked = true;
        return fn(input);
      },
    /** The same `compile`, with the time of what is marked. */
    timed:
      (compile: Compile): Compile =>
      <F extends TensorFunction>(fn: F): F => {
        let isScoring = false;
        const compiled = compile(((...inputs) => {
          isMarked = false;
          const result = fn(...inputs);
          isScoring ||= isMarked;
          return result;
        }) as F);
        return ((...inputs) => {
          const start = performance.now();
          const result = compiled(...inputs);
          if (!isScoring) return result;
          // Waits for engines that go on without the result; WebGPU can't be waited for here.
          if (tf.getBackend() !== "webgpu") for (const tensor of Object.values(result)) tensor.dataSync();
          add(start);
          return result;
        }) as F;
      },
    /** Adds the time of asynchronous work. */
    during: async <T>(work: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      const result = await work();
      add(start);
      return result;
    },
    /** Seconds since the last call. */
    take: (): number => {
      const taken = seconds;
      seconds = 0;
      return taken;
    },
  };
};
