import { type Compile, interpret } from "@accord-rl/core";
import { compileTree, type Scalars } from "@accord-rl/math";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { adam, createOptimizerGroup, createStep, policyAndValueOptimizers, sgd } from "./index.ts";

const variable = (values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));

/** What a micro-batch of these tests is: the gradient of both weights, and a number to log. */
interface Micro {
  readonly gradient: tf.Tensor1D;
  readonly logged: tf.Scalar;
}

const build = (compile: Compile, isOneCall: boolean) => {
  const parameters = { "policy.weight": variable([1, 2]), "values.weight": variable([3, 4]) };
  const optimizers = createOptimizerGroup(
    policyAndValueOptimizers(
      parameters,
      { optimizer: sgd({ learningRate: 1 }), valueOptimizer: adam({ learningRate: 0.5 }) },
      "createOwn",
    ),
  );
  const step = createStep<Micro>({
    name: "own",
    parameters,
    optimizers,
    compile,
    loss: ({ gradient, logged }) => ({
      loss: tf.addN(Object.values(parameters).map((weight) => tf.sum(tf.mul(weight, gradient)))),
      auxiliary: { logged } as Scalars,
    }),
  });
  const call = isOneCall
    ? compileTree(({ micro }: { micro: Micro }, numbers) => step([micro], numbers), compile)
    : ({ micro }: { micro: Micro }, numbers: Record<string, number>) => step([micro], numbers);
  const run = ({ gradient = [3, 4], logged = 0, limit = 1e30 }) =>
    tf.tidy(() => {
      const micro = { gradient: tf.tensor1d(gradient), logged: tf.scalar(logged) };
      const { numbers, applies } = call({ micro }, { ...optimizers.numbers(), "limit.logged": limit });
      const values = numbers.values.arraySync();
      const logs: Record<string, number> = Object.fromEntries(
        numbers.names.map((name, i) => [name, values[i]!]),
      );
      return { isMade: applies.dataSync()[0] === 1, logs };
    });
  const read = () => Object.values(parameters).map((weight) => Array.from(weight.dataSync()));
  const dispose = () => {
    optimizers.dispose();
    tf.dispose(Object.values(parameters));
  };
  return { run, read, dispose, optimizers };
};

describe.each([
  ["op by op", () => interpret, false],
  ["in compiled parts", createCompile, false],
  ["in one compiled call", createCompile, true],
] as const)("a step, %s", (_, compile, isOneCall) => {
  test("changes the parameters of each optimizer, and gives its numbers", () => {
    const { run, read, dispose } = build(compile(), isOneCall);
    for (let round = 0; round < 2; round++) {
      // Σ w·g: 1·3 + 2·4 + 3·3 + 4·4 = 36; then with w = [−2, −2] and [2.5, 3.5]: −14 + 21.5.
      const { logs, isMade } = run({ logged: 0.25 });
      expect(logs.loss).toBeCloseTo([36, 7.5][round]!, 4);
      expect([logs.logged, isMade]).toEqual([0.25, true]);
      expect(logs.gradientNorm).toBeCloseTo(Math.sqrt(50), 5);
      if (round > 0) continue;
      const [policy, values] = read();
      expect(policy).toEqual([-2, -2]);
      expect(values).toBeAllClose([2.5, 3.5], { atol: 1e-5 });
    }
    dispose();
  });

  test("changes nothing beyond a limit, or where a number is none", () => {
    const { run, read, dispose } = build(compile(), isOneCall);
    const before = read();
    for (const given of [
      { logged: -0.2, limit: 0.1 },
      { logged: Number.NaN },
      { logged: Number.POSITIVE_INFINITY },
      { gradient: [Number.NaN, 0] },
      { gradient: [1e30, 1e30] }, // the norm's square is infinite
    ]) {
      expect(run(given).isMade).toBe(false);
      expect(read()).toEqual(before);
    }
    expect(run({ logged: -0.1, limit: Math.fround(0.1) }).isMade).toBe(true);
    expect(read()).not.toEqual(before);
    dispose();
  });

  test("leaks nothing", async () => {
    const { run, optimizers, dispose } = build(compile(), isOneCall);
    run({});
    await expectNoLeak(() => {
      run({});
      optimizers.advance();
    });
    dispose();
  });
});
