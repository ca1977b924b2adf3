import * as tf from "@tensorflow/tfjs-core";
import { describe, expect } from "vitest";
import { type AccordBinding, isFunctionBinding } from "../native/accord-binding.ts";

/** Tests of our own addon; left out where another backend, or another addon, runs. */
export const describeOwnAddon = (name: string, tests: (binding: AccordBinding) => void): void => {
  const { binding } = tf.backend() as unknown as { binding?: AccordBinding };
  describe.skipIf(!isFunctionBinding(binding))(name, () => {
    if (binding !== undefined && isFunctionBinding(binding)) tests(binding);
  });
};

/** A tensor's values; it is deleted. */
export const take = (binding: AccordBinding, { id }: { readonly id: number }): number[] => {
  const values = [...binding.tensorDataSync(id)].map(Number);
  binding.deleteTensor(id);
  return values;
};

/** Runs with the numbers of X = [1 2; 3 4] and W = [5 6; 7 8]; no other tensor may be left afterwards. */
export const leavingNothing = async (
  binding: AccordBinding,
  body: (x: number, w: number) => unknown,
): Promise<void> => {
  const before = binding.getNumOfTensors();
  const [x = 0, w = 0] = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ].map((values) => binding.createTensor([2, 2], binding.TF_FLOAT, Float32Array.from(values)));
  await body(x, w);
  binding.deleteTensor(x);
  binding.deleteTensor(w);
  expect(binding.getNumOfTensors()).toBe(before);
};

/** X·W. */
export const product = [1 * 5 + 2 * 7, 1 * 6 + 2 * 8, 3 * 5 + 4 * 7, 3 * 6 + 4 * 8];
/** X + X·W. */
export const sum = [1 + 19, 2 + 22, 3 + 43, 4 + 50];
