import type { TensorFunction } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createCompile } from "./compile.ts";
import { canUseXla, type LoadedGraph } from "./load-graph.ts";
import { isNativeBackend } from "./native-backend.ts";
import { chooseFaster } from "./xla-choice.ts";

const backend: unknown = tf.backend();
const hasXla = isNativeBackend(backend) && canUseXla(backend);

const ids = (...values: number[]) => tf.tensor1d(values, "int32");
const numbers = (tensor: tf.Tensor | undefined) => Array.from(tensor!.dataSync());

describe.runIf(hasXla)("a function that XLA compiles", () => {
  it("gives the same numbers as without, gradients and assigned variables included", async () => {
    const run = (xla: boolean): number[] => {
      const weight = tf.tidy(() => tf.variable(tf.tensor2d([0.5, -0.25, 0.125, 1], [2, 2])));
      const compile = createCompile({ xla });
      const step = compile((x: tf.Tensor, rate: tf.Tensor) => {
        const loss = () =>
          tf.mean(tf.square(tf.tanh(tf.matMul(x as tf.Tensor2D, weight as never)))) as tf.Scalar;
        const { value, grads } = tf.variableGrads(loss, [weight]);
        weight.assign(tf.sub(weight, tf.mul(grads[weight.name]!, rate)));
        return { value };
      });
      const values = tf.tidy(() => {
        const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
        const losses = [1, 2, 3].map(() => numbers(step(x, tf.scalar(0.1)).value)[0]!);
        return [...losses, ...numbers(weight)];
      });
      compile.dispose();
      weight.dispose();
      return values;
    };
    expect(run(true)).toBeAllClose(run(false), { rtol: 1e-5, atol: 1e-6 });
    expect(run(true)).toEqual(run(true));
    await expectNoLeak(() => void run(true));
  });

  const reads: Record<string, TensorFunction> = {
    GatherV2: (x, ids) => ({ y: tf.gather(x!, ids as tf.Tensor1D) }),
    "GatherV2 of a column": (x, ids) => ({
      y: tf.gather(x!, tf.add(ids!, tf.scalar(0, "int32")) as tf.Tensor1D, 1),
    }),
    GatherNd: (x, ids) => ({ y: tf.gatherND(x!, tf.reshape(ids!, [1, 2]) as tf.Tensor2D) }),
    ScatterNd: (x, ids) => ({ y: tf.scatterND(tf.reshape(ids!, [2, 1]), x!, [3, 2]) }),
    TensorScatterUpdate: (x, ids) => ({
      y: tf.tensorScatterUpdate(x!, tf.reshape(ids!, [2, 1]), tf.ones([2, 2])),
    }),
    UnsortedSegmentSum: (x, ids) => ({ y: tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 2) }),
  };
  it.each(Object.entries(reads))(
    "%s throws for an index out of range, and changes nothing",
    (_name, read) => {
      const calls = tf.variable(tf.scalar(0));
      const compile = createCompile({ xla: true });
      const fn = compile(
        (x: tf.Tensor, ids: tf.Tensor) => {
          calls.assign(tf.add(calls, 1) as tf.Scalar);
          return read(x, ids);
        },
        { name: "test.read" },
      );
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const call = (indices: tf.Tensor) => tf.tidy(() => numbers(fn(x, indices).y));
      expect(call(ids(1, 0))).toEqual(tf.tidy(() => numbers(read(x, ids(1, 0)).y)));
      const { numTensors } = tf.memory();
      for (const wrong of [ids(0, 9), ids(-1, 0)]) {
        expect(() => call(wrong)).toThrow(/test.read: an index that \w+ reads is outside \[0, [23]/);
        wrong.dispose();
      }
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(numbers(calls)).toEqual([1]);
      compile.dispose();
      tf.dispose([calls, x]);
    },
  );

  it("is chosen by name, or for one function", () => {
    const compile = createCompile({ xla: (name) => name.startsWith("small.") });
    // XLA says so in its own words where a function can't be compiled by it.
    const double: TensorFunction = (x) => ({ y: tf.mul(x!, 2) });
    for (const fn of [
      compile(double, { name: "small.double" }),
      compile(double, { name: "double" }),
      compile(double, { name: "double", xla: "auto" }),
    ]) {
      for (let call = 0; call < 12; call++)
        tf.tidy(() => void expect(numbers(fn(tf.scalar(call)).y)).toEqual([2 * call]));
    }
    compile.dispose();
  });
});

describe("chooseFaster", () => {
  /** A graph whose calls take so long, and a record of what was called. */
  const graphs = (plainMs: number, xlaMs: number) => {
    const clock = { ms: 0 };
    const calls: string[] = [];
    const graph = (name: string, ms: number) => (): LoadedGraph => ({
      call: () => {
        calls.push(name);
        // The first call of each compiles.
        clock.ms += calls.filter((other) => other === name).length === 1 ? 1000 : ms;
        return [];
      },
      release: () => calls.push(`release ${name}`),
    });
    const choose = (choice: boolean | "auto") =>
      chooseFaster(choice, graph("plain", plainMs), graph("xla", xlaMs), () => clock.ms);
    return { calls, choose };
  };

  it.each([
    [2, 1, "xla", "plain"],
    [1, 2, "plain", "xla"],
  ])("keeps the faster one: %i or %i ms", (plainMs, xlaMs, kept, dropped) => {
    const { calls, choose } = graphs(plainMs, xlaMs);
    const graph = choose("auto");
    for (let call = 0; call < 13; call++) graph.call([]);
    graph.release();
    const trials = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? "plain" : "xla"));
    expect(calls).toEqual([...trials, `release ${dropped}`, kept, kept, kept, `release ${kept}`]);
  });
  it("frees both while it has not chosen, and does as it is told", () => {
    const undecided = graphs(1, 1);
    undecided.choose("auto").release();
    expect(undecided.calls).toEqual(["release plain", "release xla"]);
    const told = graphs(1, 1);
    told.choose(true).call([]);
    told.choose(false).call([]);
    expect(told.calls).toEqual(["xla", "plain"]);
  });
});
