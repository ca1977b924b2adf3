import type { Compile } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { compileTree } from "./compile-tree.ts";
import { pack, readPacked } from "./packed.ts";

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

  it.each(["as it is", "compiled"])("gives numbers as scalars, and packs what goes out, %s", async (how) => {
    const { seen, compile } = spy();
    const call = compileTree(
      ({ x }: { x: tf.Tensor }, { rate, limit }) => ({
        scaled: tf.mul(x, rate!),
        numbers: pack({ sum: tf.sum(x), limit: limit! }),
      }),
      how === "compiled" ? compile : undefined,
    );
    const x = tf.tensor1d([1, 2]);
    for (const rate of [2, 3]) {
      const { scaled, numbers } = call({ x }, { rate, limit: tf.scalar(0.5) });
      expect(scaled).toBeAllClose([rate, 2 * rate]);
      expect(await readPacked([numbers, numbers])).toEqual([
        { sum: 3, limit: 0.5 },
        { sum: 3, limit: 0.5 },
      ]);
    }
    if (how === "compiled") expect(seen).toEqual({ functions: 1, calls: 2 });
    await expectNoLeak(() => {
      const { scaled, numbers } = call({ x }, { rate: 1, limit: 2 });
      tf.dispose([scaled, numbers.values]);
    });
  });

  it("passes numbers on from one function to the next", () => {
    const inner = compileTree(({ x }: { x: tf.Tensor }, { rate }) => ({ y: tf.mul(x, rate!) }));
    const outer = compileTree(({ x }: { x: tf.Tensor }, numbers) => inner({ x }, numbers), spy().compile);
    expect(outer({ x: tf.scalar(3) }, { rate: 2, unused: 1 }).y).toBeAllClose(6);
  });
});
