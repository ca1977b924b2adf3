import { fuse, type TensorFunction } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createCompile } from "./compile.ts";
import { canFuse } from "./load-graph.ts";
import { isNativeBackend } from "./native-backend.ts";

const backend: unknown = tf.backend();
const numbers = (tensor: tf.Tensor | undefined) => Array.from(tensor!.dataSync());

describe.runIf(isNativeBackend(backend) && canFuse(backend))("a fused function inside a compiled one", () => {
  const x = () => tf.tensor2d([0.5, -1, 2, 0.25, 3, -0.125], [2, 3]);

  it.each([false, true])(
    "gives the same numbers: several calls, constants, tensors from around it (xla %s)",
    async (xla) => {
      const run = (isFused: boolean): number[] => {
        const weight = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
        const compile = createCompile({ xla });
        const maybe = isFused ? fuse : <F extends TensorFunction>(fn: F): F => fn;
        const bend = maybe((x: tf.Tensor) => {
          const y = tf.mul(tf.tanh(x), tf.add(weight, 0.5));
          return { y, squared: tf.square(y) };
        });
        const whole = compile((x: tf.Tensor) => {
          const half = tf.scalar(0.5);
          const halve = maybe((x: tf.Tensor) => ({ y: tf.mul(x, half) }));
          const first = bend(x);
          const second = bend(halve(first.y!).y!);
          return { sum: tf.add(second.y!, first.squared!), last: second.squared! };
        });
        const values = tf.tidy(() => {
          const once = whole(x());
          weight.assign(tf.tensor1d([-1, 0.5, 2]));
          const again = whole(x());
          return [once.sum, once.last, again.sum, again.last].flatMap(numbers);
        });
        compile.dispose();
        weight.dispose();
        return values;
      };
      expect(run(true)).toBeAllClose(run(false), { rtol: 1e-6, atol: 1e-6 });
      expect(run(true)).toEqual(run(true));
      await expectNoLeak(() => void run(true));
    },
  );

  it("is shared by graphs, and stays until the last of them is disposed of", () => {
    const [first, second] = [createCompile(), createCompile()];
    const make = (compile: typeof first) => {
      const double = fuse((x: tf.Tensor) => ({ y: tf.add(x, x) }));
      return compile((x: tf.Tensor) => ({ y: tf.neg(double(x).y!) }));
    };
    tf.tidy(() => {
      const [one, other] = [make(first), make(second)];
      const expected = [-1, 2, -4, -0.5, -6, 0.25];
      expect(numbers(one(x()).y)).toEqual(expected);
      expect(numbers(other(x()).y)).toEqual(expected);
      first.dispose();
      expect(numbers(other(x()).y)).toEqual(expected);
      expect(numbers(one(x()).y)).toEqual(expected);
      first.dispose();
      second.dispose();
    });
  });

  it("lets gradients around it flow through its own operations", () => {
    const compile = createCompile();
    const cube = fuse((x: tf.Tensor) => ({ y: tf.mul(tf.square(x), x) }));
    const step = compile((x: tf.Tensor) => ({ gradient: tf.grad((x: tf.Tensor) => cube(x).y!)(x) }));
    tf.tidy(() => {
      expect(numbers(step(tf.tensor1d([1, 2, -3])).gradient)).toBeAllClose([3, 12, 27]);
    });
    compile.dispose();
  });

  it("refuses to assign variables, to keep tensors back, and to read by indices", () => {
    const compile = createCompile();
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    let kept: tf.Tensor | undefined;
    const parts: Record<string, (x: tf.Tensor) => { y: tf.Tensor }> = {
      assigns: (x) => {
        variable.assign(tf.sum(x, 0) as tf.Tensor1D);
        return { y: tf.neg(x) };
      },
      keeps: (x) => {
        kept = tf.square(x);
        return { y: tf.neg(x) };
      },
      gathers: (x) => ({ y: tf.gather(x, tf.cast(tf.greater(tf.max(x, 1), 100), "int32") as tf.Tensor1D) }),
    };
    const messageOf = (name: string): string => {
      const part = fuse(parts[name]!);
      const whole = compile((x: tf.Tensor) => ({ y: tf.add(part(x).y, name === "keeps" ? kept! : 0) }));
      try {
        tf.tidy(() => whole(x()));
        return "nothing";
      } catch (error) {
        return String(error);
      }
    };
    expect(messageOf("assigns")).toMatch(/made and did not return.*must not assign variables/);
    expect(messageOf("keeps")).toMatch(/made and did not return/);
    expect(messageOf("gathers")).toMatch(/reads by indices \(GatherV2\).*don't fuse it/);
    compile.dispose();
    variable.dispose();
  });
});
