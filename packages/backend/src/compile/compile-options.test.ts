import { type CompiledFunctionStats, createRandom, type TensorFunction } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createCompile } from "./compile.ts";
import type { CompiledCall } from "./compiled-function.ts";
import { isNativeBackend } from "./native-backend.ts";
import { describeRetraces } from "./retraces.ts";

const isNative = isNativeBackend(tf.backend());
const native = it.runIf(isNative);
const elsewhere = it.runIf(!isNative);

const double: TensorFunction = (x) => ({ y: tf.mul(x!, 2) });
const counts = ({ name, traces, calls }: CompiledFunctionStats) => ({ name, traces, calls });

describe("createCompile's own account", () => {
  native("counts recordings and calls, and names shapes", () => {
    const compile = createCompile();
    const named = compile(double, { name: "test.double" });
    const other = compile(function square(x: tf.Tensor) {
      return { y: tf.square(x) };
    });
    compile(double, { name: "never called" });
    tf.tidy(() => {
      for (const size of [2, 2, 3, 2]) named(tf.ones([size]));
      other(tf.scalar(3));
    });
    const stats = compile.stats();
    expect(stats.map(counts)).toEqual([
      { name: "test.double", traces: 2, calls: 4 },
      { name: "square", traces: 1, calls: 1 },
    ]);
    expect(stats.map(({ shapes }) => shapes)).toEqual([["float32[3]", "float32[2]"], ["float32[]"]]);
    for (const { tracingSeconds, runningSeconds } of stats) {
      expect(tracingSeconds).toBeGreaterThan(0);
      expect(runningSeconds).toBeGreaterThan(0);
    }
    compile.dispose();
    expect(compile.stats().map(({ shapes }) => shapes)).toEqual([[], []]);
  });

  native("tells of each call", () => {
    const seen: CompiledCall[] = [];
    const compile = createCompile({ onCall: (call) => seen.push(call) });
    const named = compile(double, { name: "test.double" });
    const before = performance.now();
    tf.tidy(() => [1, 2].map((x) => named(tf.scalar(x))));
    expect(seen.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "test.double trace",
      "test.double run",
      "test.double run",
    ]);
    for (const { startMs, durationMs } of seen) {
      expect(startMs).toBeGreaterThanOrEqual(before);
      expect(startMs + durationMs).toBeLessThanOrEqual(performance.now());
    }
    compile.dispose();
  });

  native("frees graphs and what they captured, and records again after that", () => {
    const compile = createCompile();
    const { numTensors } = tf.memory();
    const table = tf.tensor1d([1, 2]);
    const scale = compile((x: tf.Tensor) => ({ y: tf.mul(x, table) }));
    const call = () => tf.tidy(() => Array.from(scale(tf.scalar(3)).y.dataSync()));
    expect(call()).toEqual([3, 6]);
    expect(tf.memory().numTensors).toBe(numTensors + 2);
    compile.dispose();
    expect(tf.memory().numTensors).toBe(numTensors + 1);
    expect(call()).toEqual([3, 6]);
    expect(compile.stats().map(counts)).toEqual([{ name: "function", traces: 2, calls: 2 }]);
    compile.dispose();
    table.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  native("warns once when shapes keep changing, and names the input", () => {
    const warnings: string[] = [];
    const compile = createCompile({ retraceLimit: 2, onWarning: (message) => warnings.push(message) });
    const add = compile((x: tf.Tensor, y: tf.Tensor) => ({ sum: tf.add(x, y) }), {
      name: "test.add",
      inputNames: ["tokens", "bias"],
    });
    tf.tidy(() => {
      for (const size of [1, 2]) add(tf.ones([size]), tf.scalar(1));
      expect(warnings).toEqual([]);
      for (const size of [3, 4]) add(tf.ones([size]), tf.scalar(1));
    });
    expect(warnings).toEqual([
      "compile: test.add was recorded 3 times, since shapes of its inputs change: tokens (float32[1], float32[2], float32[3]). Each time costs more than a call: pad the inputs to a few sizes, or raise retraceLimit",
    ]);
    compile.dispose();
  });

  native("refuses limits that are none", () => {
    expect(() => createCompile({ retraceLimit: 0 })).toThrow(
      "retraceLimit is 0, expected an integer of 1 or more",
    );
    expect(() => createCompile()(double, { retraceLimit: 1.5 })).toThrow("retraceLimit is 1.5");
  });

  elsewhere("leaves functions as they are", () => {
    const compile = createCompile();
    expect(compile(double, { name: "test.double" })).toBe(double);
    expect(compile.stats()).toEqual([]);
    compile.dispose();
  });
});

describe("describeRetraces", () => {
  it("names the inputs that change, and the latest of their shapes", () => {
    const shapes = [1, 2, 3, 4, 5].map((size) => [`float32[${size}]`, "int32[]", `bool[${size % 2}]`]);
    const text = describeRetraces("f", shapes, ["a", "b"]);
    expect(text).toContain("f was recorded 5 times");
    expect(text).toContain(
      "a (float32[2], float32[3], float32[4], float32[5], …), number 3 (bool[1], bool[0]).",
    );
    expect(text).not.toContain("b (");
  });
});

describe("what can't be compiled", () => {
  const compile = createCompile();
  const call = (fn: TensorFunction, ...inputs: tf.Tensor[]) =>
    tf.tidy(() => Object.values(compile(fn)(...inputs)).map((tensor) => Array.from(tensor.dataSync())));
  const x = () => tf.tensor1d([1, 2, 3]);

  native.each<[string, TensorFunction, string]>([
    [
      "reads a value",
      (x) => ({ y: tf.mul(x!, x!.dataSync()[0]!) }),
      "Return the tensor and read it after the call",
    ],
    [
      "reads an array",
      (x) => ({ y: tf.mul(x!, x!.arraySync() as number[]) }),
      "Return the tensor and read it",
    ],
    ["draws by Math.random", (x) => ({ y: tf.mul(x!, Math.random()) }), "Pass random numbers in as tensors"],
    ["draws by tfjs", (x) => ({ y: tf.mul(x!, tf.randomNormal([3])) }), "Pass random numbers in as tensors"],
    ["drops out", (x) => ({ y: tf.dropout(x!, 0.5) }), "Pass random numbers in as tensors"],
    [
      "draws by TensorFlow",
      (x) => ({ y: tf.multinomial(x as tf.Tensor1D, 2, 7) }),
      "the function draws random numbers by TensorFlow's Multinomial",
    ],
    [
      "gives a number",
      (x) => ({ y: tf.neg(x!), size: 3 as unknown as tf.Tensor }),
      "result size is no tensor",
    ],
    ["gives nothing", (() => undefined) as unknown as TensorFunction, "is no tensor"],
    [
      "is async",
      (async (x: tf.Tensor) => ({ y: tf.neg(x) })) as unknown as TensorFunction,
      "the function is async",
    ],
    ["gives texts", (x) => ({ y: tf.neg(x!), text: tf.tensor1d(["a"]) }), "a tensor of type string"],
  ])("a function that %s", (_name, fn, message) => {
    expect(() => call(fn, x())).toThrow(message);
    // Nothing of the refusal is left behind.
    expect(call((x) => ({ y: tf.mul(x!, 2) }), x())).toEqual([[2, 4, 6]]);
    expect(Math.random()).toBeLessThan(1);
  });

  native("a function that draws from a Random, which works again outside", () => {
    const random = createRandom(1);
    const state = random.state();
    expect(() => call((x) => ({ y: tf.mul(x!, random.normal()) }), x())).toThrow(
      "Pass random numbers in as tensors",
    );
    expect(random.state()).toEqual(state);
    expect(random.uniform()).toBeLessThan(1);
  });

  native("a call with a number in a tensor's place", () => {
    const wrong = compile((x: tf.Tensor, rate: tf.Tensor) => ({ y: tf.mul(x, rate) })) as unknown as (
      x: tf.Tensor,
      rate: number,
    ) => void;
    tf.tidy(
      () => void expect(() => wrong(x(), 0.1)).toThrow("input number 2 is no tensor. Pass what changes"),
    );
  });

  it("ids out of range throw at every call, and change nothing", () => {
    const count = tf.variable(tf.scalar(0));
    const take = compile((x: tf.Tensor, ids: tf.Tensor) => {
      count.assign(tf.add(count, 1) as tf.Scalar);
      return { y: tf.gather(x, tf.cast(ids, "int32") as tf.Tensor1D) };
    });
    const ids = (...values: number[]) => tf.tensor1d(values, "int32");
    tf.tidy(() => void expect(Array.from(take(x(), ids(2, 0)).y.dataSync())).toEqual([3, 1]));
    if (isNative) {
      tf.tidy(() => void expect(() => take(x(), ids(0, 3))).toThrow(/3 is not in \[0, 3\)/));
      tf.tidy(() => void expect(() => take(x(), ids(-1, 0))).toThrow(/-1 is not in \[0, 3\)/));
      expect(count.dataSync()[0]).toBe(1);
    }
    count.dispose();
  });
});
