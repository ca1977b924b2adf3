import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import {
  ids,
  nativeOnly,
  type Operation,
  operations,
  type Result,
  row,
  x,
  y,
} from "../__fixtures__/operations.ts";
import { createCompile } from "./compile.ts";
import { isNativeBackend } from "./native-backend.ts";

const isNative = isNativeBackend(tf.backend());

const list = (result: Result): readonly tf.Tensor[] =>
  Array.isArray(result) ? result : [result as tf.Tensor];

describe("compiled operations", () => {
  for (const [name, operation] of Object.entries({ ...operations, ...(isNative ? nativeOnly : {}) })) {
    it(`${name} gives what it gives by itself`, () => {
      tf.tidy(() => {
        const fn = (...inputs: tf.Tensor[]) => {
          const results = list(operation(...(inputs as Parameters<Operation>)));
          return Object.fromEntries(results.map((result, i) => [String(i), result]));
        };
        const compiled = createCompile()(fn);
        // The second call runs the graph of the first one on other values: nothing of them may be frozen.
        for (const inputs of [
          [x(), y(), ids(), row()],
          [tf.neg(y()), tf.mul(x(), 0.5), tf.sub(tf.scalar(2, "int32"), ids()), tf.logicalNot(row())],
        ]) {
          const expected = fn(...inputs);
          const actual = compiled(...inputs);
          for (const [key, tensor] of Object.entries(actual)) {
            expect([key, tensor.dtype, ...tensor.shape]).toEqual([
              key,
              expected[key]!.dtype,
              ...expected[key]!.shape,
            ]);
            expect(tensor).toBeAllClose(expected[key]!, { rtol: 1e-5, atol: 1e-6 });
          }
        }
      });
    });
  }
});
