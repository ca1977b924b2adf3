import type { Compile } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { compileTree } from "./compile-tree.ts";

/** Counts functions and calls, and hands the tensors on. */
const spy = () => {
  const seen = { functions: 0, calls: 0 };
  const compile: Compile = (fn) => {
    seen.functions++;
    return ((...inputs: tf.Tensor[]) => {
      seen.calls++;
      return fn(...inputs);
    }) as typeof fn;
  };
  return { seen, compile };
};

interface Batch {
  readonly x: tf.Tensor;
  readonly columns: { readonly weights: tf.Tensor; readonly extra?: tf.Tensor };
}

const fn = ({ x, columns: { weights, extra } }: Batch) => ({
  loss: tf.sum(tf.mul(x, weights)),
  parts: { x: tf.neg(x), ...(extra && { extra: tf.mul(extra, 2) }) },
});

describe("compileTree", () => {
  it("hands trees through as they are, whatever the order of their names", () => {
    tf.tidy(() => {
      const { seen, compile } = spy();
      const call = compileTree(fn, compile);
      const [x, weights] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
      for (const batch of [
        { x, columns: { weights } },
        { columns: { weights }, x },
      ]) {
        const { loss, parts } = call(batch);
        expect(loss).toBeAllClose(11);
        expect(parts.x).toBeAllClose([-1, -2]);
        expect(Object.keys(parts)).toEqual(["x"]);
      }
      expect(seen).toEqual({ functions: 1, calls: 2 });
    });
  });

  it("compiles once for each set of names", () => {
    tf.tidy(() => {
      const { seen, compile } = spy();
      const call = compileTree(fn, compile);
      const one = tf.scalar(1);
      expect(call({ x: one, columns: { weights: one, extra: one } }).parts.extra).toBeAllClose(2);
      expect(call({ x: one, columns: { weights: one } }).parts.extra).toBeUndefined();
      call({ x: one, columns: { weights: one, extra: one } });
      expect(seen).toEqual({ functions: 2, calls: 3 });
    });
  });

  it("is the function itself where nothing is compiled", () => {
    expect(compileTree(fn)).toBe(fn);
  });
});
