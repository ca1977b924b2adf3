import { InvalidArgumentError } from "@accord-rl/core";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { adam, createGuardedUpdate, createOptimizerGroup, policyAndValueOptimizers, sgd } from "./index.ts";

const variable = (values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));

const build = () => {
  const parameters = { "policy.weight": variable([1, 2]), "values.weight": variable([3, 4]) };
  const optimizers = createOptimizerGroup(
    policyAndValueOptimizers(
      parameters,
      { optimizer: sgd({ learningRate: 1 }), valueOptimizer: adam({ learningRate: 0.5 }) },
      "createOwn",
    ),
  );
  const dispose = () => {
    optimizers.dispose();
    tf.dispose(Object.values(parameters));
  };
  const read = () => Object.values(parameters).map((weight) => Array.from(weight.dataSync()));
  return { parameters, optimizers, read, dispose };
};

const run = (
  { optimizers }: ReturnType<typeof build>,
  update: ReturnType<typeof createGuardedUpdate>,
  given: { measured: number[]; limits?: number[]; gradient?: number[] },
): number =>
  tf.tidy(() => {
    const gradient = () => tf.tensor1d(given.gradient ?? [3, 4]);
    const { gradientNorm } = update({
      measured: tf.tensor1d(given.measured),
      ...(given.limits && { limits: tf.tensor1d(given.limits) }),
      gradients: { "policy.weight": gradient(), "values.weight": gradient() },
      coefficients: optimizers.coefficients(),
    });
    return gradientNorm.dataSync()[0]!;
  });

test.each(["op by op", "compiled"])("each optimizer changes its own, %s", (how) => {
  const group = build();
  const update = createGuardedUpdate(group.optimizers, how === "compiled" ? createCompile() : undefined);
  expect(run(group, update, { measured: [0] })).toBeCloseTo(Math.sqrt(50), 5);
  const [policy, values] = group.read();
  expect(policy).toEqual([-2, -2]);
  expect(values).toBeAllClose([2.5, 3.5], { atol: 1e-5 });
  group.dispose();
});

test.each(["op by op", "compiled"])(
  "nothing changes beyond a limit, or where a number is none, %s",
  (how) => {
    const group = build();
    const update = createGuardedUpdate(group.optimizers, how === "compiled" ? createCompile() : undefined);
    const before = group.read();
    run(group, update, { measured: [0, -0.2], limits: [1, 0.1] });
    run(group, update, { measured: [Number.NaN] });
    run(group, update, { measured: [Number.POSITIVE_INFINITY] });
    run(group, update, { measured: [0], gradient: [Number.NaN, 0] });
    run(group, update, { measured: [0], gradient: [1e30, 1e30] }); // the norm's square is infinite
    expect(group.read()).toEqual(before);
    run(group, update, { measured: [0, -0.1], limits: [1, Math.fround(0.1)] });
    expect(group.read()).not.toEqual(before);
    group.dispose();
  },
);

test("saves and restores all of them, and refuses states that are not theirs", async () => {
  const group = build();
  group.optimizers.advance();
  const states = await group.optimizers.states();
  expect(Object.keys(states)).toEqual(group.optimizers.names);
  group.optimizers.advance();
  const later = await group.optimizers.states();
  const swapped = { optimizer: states.valueOptimizer!, valueOptimizer: states.optimizer! };
  expect(() => group.optimizers.check(swapped)).toThrow(InvalidArgumentError);
  expect(await group.optimizers.states()).toEqual(later);
  group.optimizers.restore(states);
  expect(await group.optimizers.states()).toEqual(states);
  group.dispose();
});

test("an optimizer for values without parameters of their own is refused", () => {
  const { parameters, dispose } = build();
  const optimizer = sgd({ learningRate: 1 });
  expect(() =>
    policyAndValueOptimizers(
      { "policy.weight": parameters["policy.weight"] },
      { optimizer, valueOptimizer: optimizer },
      "createOwn",
    ),
  ).toThrow(/createOwn: got a valueOptimizer/);
  dispose();
});

test("leaks nothing", async () => {
  const group = build();
  const update = createGuardedUpdate(group.optimizers);
  await expectNoLeak(() => {
    run(group, update, { measured: [0] });
    group.optimizers.advance();
  });
  group.dispose();
});
