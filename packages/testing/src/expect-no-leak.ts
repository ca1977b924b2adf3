import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

const disposeAll = (result: unknown): void => {
  if (typeof result === "object" && result !== null) tf.dispose(result as tf.TensorContainer);
};

/**
 * Checks that calling a function leaves no tensor behind but those that it returns, and keeps its inputs.
 *
 * It is called once before, so that what is made on first use does not count.
 *
 * @param fn  what it returns, a tensor or any container of tensors, is disposed of.
 */
export const expectNoLeak = async (fn: () => unknown): Promise<void> => {
  disposeAll(await fn());
  const before = tf.memory().numTensors;
  disposeAll(await fn());
  expect(tf.memory().numTensors, "tensors left behind (or inputs disposed of)").toBe(before);
};
