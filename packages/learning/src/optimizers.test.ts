import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { compileTree, type Gradients, type Scalars } from "@accord-rl/math";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/optimizers.json" with { type: "json" };
import type { Optimizer, OptimizerFactory } from "./optimizer.ts";
import { adam, adamW, rmsProp, sgd } from "./optimizers.ts";
import { cosineSchedule, linearSchedule } from "./schedules.ts";

type Step = { weight: number[][]; bias: number[] };
const make = ({ weight, bias }: Step) => ({
  weight: tf.tidy(() => tf.variable(tf.tensor2d(weight))) as tf.Variable,
  bias: tf.tidy(() => tf.variable(tf.tensor1d(bias))) as tf.Variable,
});
const gradientsOf = ({ weight, bias }: Step) => ({ bias: tf.tensor1d(bias), weight: tf.tensor2d(weight) });

const scalarsOf = (numbers: Readonly<Record<string, number>>): Scalars =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]));

const apply = (optimizer: Optimizer, gradients: Gradients): void => {
  tf.tidy(() => optimizer.update(gradients, scalarsOf(optimizer.numbers())));
  optimizer.advance();
};

const cases: [keyof typeof golden.outputs, OptimizerFactory][] = [
  ["adam", adam({ learningRate: 0.1 })],
  ["adamEpsilon", adam({ learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 0.1 })],
  ["adamWeightDecay", adam({ learningRate: 0.1, weightDecay: 0.1 })],
  ["adamW", adamW({ learningRate: 0.1, beta2: 0.95, epsilon: 1e-5, weightDecay: 0.1 })],
  ["adamClipped", adam({ learningRate: 0.1, epsilon: 0.1, maxGradientNorm: 0.5 })],
  ["adamSchedule", adam({ learningRate: linearSchedule({ from: 0.1, to: 0, steps: 6 }) })],
  ["sgd", sgd({ learningRate: 0.1 })],
  ["sgdMomentum", sgd({ learningRate: 0.1, momentum: 0.9 })],
  ["rmsProp", rmsProp({ learningRate: 0.1, decay: 0.9, epsilon: 1e-3 })],
  ["rmsPropInside", rmsProp({ learningRate: 0.1, decay: 0.9, epsilon: 1e-3, epsilonPlacement: "inside" })],
];

describe.each(cases)("%s", (name, factory) => {
  test("equals the other implementation after each of six steps", () => {
    const parameters = make(golden.inputs.start);
    const optimizer = factory(parameters);
    golden.inputs.gradients.forEach((gradients, step) => {
      expect(optimizer.step).toBe(step);
      apply(optimizer, gradientsOf(gradients));
      const expected = golden.outputs[name][step]!;
      expect(parameters.weight).toBeAllClose(expected.weight, { rtol: 2e-5, atol: 2e-6 });
      expect(parameters.bias).toBeAllClose(expected.bias, { rtol: 2e-5, atol: 2e-6 });
    });
  });

  test("continues bit for bit from its state", async () => {
    const straight = make(golden.inputs.start);
    const optimizer = factory(straight);
    const [first, rest] = [golden.inputs.gradients.slice(0, 3), golden.inputs.gradients.slice(3)];
    for (const gradients of first) apply(optimizer, gradientsOf(gradients));

    const state = await optimizer.state();
    const resumed = make({
      weight: (await straight.weight.array()) as number[][],
      bias: (await straight.bias.array()) as number[],
    });
    const second = factory(resumed);
    second.restore(state);
    expect(second.step).toBe(3);
    expect(second.learningRate).toBe(optimizer.learningRate);
    for (const gradients of rest) {
      apply(optimizer, gradientsOf(gradients));
      apply(second, gradientsOf(gradients));
    }
    expect(await resumed.weight.data()).toEqual(await straight.weight.data());
    expect(await resumed.bias.data()).toEqual(await straight.bias.data());
    expect(await second.state()).toEqual(await optimizer.state());
  });

  test("gives the same as a part of a compiled step, several updates in one call", () => {
    const [straight, traced] = [make(golden.inputs.start), make(golden.inputs.start)];
    const [optimizer, other] = [factory(straight), factory(traced)];
    const steps = golden.inputs.gradients.map(gradientsOf);
    const compile = createCompile();
    const calls = [0, 1, 2].map((ahead) =>
      compileTree((gradients: Gradients, numbers) => {
        other.update(gradients, numbers);
        return { [`norm${ahead}`]: tf.norm(traced.weight) };
      }),
    );
    const step = compileTree(({ gradients }: { gradients: Record<string, Gradients> }, numbers) => {
      const norms = calls.map((call, ahead) => {
        const own = Object.entries(numbers).filter(([name]) => name.startsWith(`${ahead}.`));
        return call(
          gradients[ahead]!,
          Object.fromEntries(own.map(([name, value]) => [name.slice(2), value])),
        );
      });
      return Object.assign({}, ...norms) as Record<string, tf.Tensor>;
    }, compile);
    for (const start of [0, 3]) {
      const part = steps.slice(start, start + 3);
      for (const gradients of part) apply(optimizer, gradients);
      const numbers = [0, 1, 2].flatMap((ahead) =>
        Object.entries(other.numbers(ahead)).map(([name, value]) => [`${ahead}.${name}`, value]),
      );
      step({ gradients: Object.fromEntries(part.entries()) }, Object.fromEntries(numbers));
      other.advance(3);
    }
    expect(traced.weight).toBeAllClose(straight.weight);
    expect(traced.bias).toBeAllClose(straight.bias);
    expect(other.numbers()).toEqual(optimizer.numbers());
    other.dispose();
  });

  test.each([undefined, createCompile()])("changes nothing where it does not apply (%#)", async (compile) => {
    const [given, plain] = [make(golden.inputs.start), make(golden.inputs.start)];
    const [optimizer, other] = [factory(given), factory(plain)];
    const step = compileTree(({ applies, ...gradients }: { applies: tf.Scalar } & Gradients, numbers) => {
      optimizer.update(gradients, numbers, applies);
      return {};
    }, compile);
    const { bias, weight } = gradientsOf(golden.inputs.gradients[0]!);
    const before = { tables: given.weight.arraySync(), state: await optimizer.state() };
    step({ applies: tf.scalar(false, "bool"), bias: tf.mul(bias, Number.NaN), weight }, optimizer.numbers());
    expect({ tables: given.weight.arraySync(), state: await optimizer.state() }).toEqual(before);
    step({ applies: tf.scalar(true, "bool"), bias, weight }, optimizer.numbers());
    optimizer.advance();
    apply(other, { bias, weight });
    expect(given.weight).toBeAllClose(plain.weight);
    expect(optimizer.numbers()).toEqual(other.numbers());
  });

  test("leaks nothing, and frees what it made", async () => {
    const parameters = make(golden.inputs.start);
    const gradients = gradientsOf(golden.inputs.gradients[0]!);
    await expectNoLeak(async () => {
      const optimizer = factory(parameters);
      apply(optimizer, gradients);
      optimizer.restore(await optimizer.state());
      optimizer.dispose();
    });
    const kept = factory(parameters);
    await expectNoLeak(() => apply(kept, gradients));
  });

  test("goes downhill", () => {
    const random = createRandom(0);
    const x = tf.tidy(() => tf.variable(tf.tensor1d([random.normal(), random.normal()]))) as tf.Variable;
    const optimizer = factory({ x });
    const distance = () => tf.tidy(() => tf.sum(tf.square(x)).dataSync()[0] as number);
    const before = distance();
    for (let i = 0; i < 6; i++) tf.tidy(() => apply(optimizer, { x: tf.mul(x, 2) }));
    expect(distance()).toBeLessThan(before);
  });
});

describe("an optimizer", () => {
  const parameters = make(golden.inputs.start);
  const gradients = gradientsOf(golden.inputs.gradients[0]!);

  test("matches gradients by name, whatever their order, and refuses other sets", () => {
    const optimizer = sgd({ learningRate: 1 })(parameters);
    expect(() => apply(optimizer, { weight: gradients.weight })).toThrow("the gradient of bias is missing");
    expect(() => apply(optimizer, { ...gradients, more: tf.scalar(1) })).toThrow("a gradient for more");
    expect(optimizer.step).toBe(0);
  });

  test("refuses another's state, and changes nothing then", async () => {
    const optimizer = adam({ learningRate: 1 })(make(golden.inputs.start));
    apply(optimizer, gradients);
    const before = await optimizer.state();
    const other = await sgd({ learningRate: 1, momentum: 0.9 })(parameters).state();
    const smaller = await adam({ learningRate: 1 })({ weight: parameters.weight }).state();
    for (const state of [
      other,
      smaller,
      { ...before, json: { optimizer: "adam", step: -1 } },
      { ...before, json: null },
    ]) {
      expect(() => optimizer.restore(state)).toThrow(InvalidArgumentError);
    }
    expect(await optimizer.state()).toEqual(before);
  });

  test("follows a schedule by its own steps", () => {
    const optimizer = sgd({ learningRate: cosineSchedule({ from: 1, to: 0, steps: 2 }) })(
      make(golden.inputs.start),
    );
    expect(optimizer.learningRate).toBe(1);
    apply(optimizer, gradients);
    expect(optimizer.learningRate).toBeCloseTo(0.5, 12);
  });

  test("decays only the parameters that it is told to", () => {
    const own = make(golden.inputs.start);
    const zero = { weight: tf.zerosLike(own.weight), bias: tf.zerosLike(own.bias) };
    apply(adamW({ learningRate: 0.1, weightDecay: 0.5, decays: (name) => name === "weight" })(own), zero);
    // 1 − 0.1·0.5
    expect(own.weight).toBeAllClose(tf.mul(tf.tensor2d(golden.inputs.start.weight), 0.95));
    expect(own.bias).toBeAllClose(golden.inputs.start.bias);
  });

  test.each([
    ["adam", () => adam({ learningRate: -1 }), "learningRate is -1"],
    ["adam", () => adam({ learningRate: 1, beta1: 1 }), "beta1 is 1"],
    ["adamW", () => adamW({ learningRate: 1, weightDecay: Number.NaN }), "weightDecay is NaN"],
    ["sgd", () => sgd({ learningRate: 1, momentum: 1.5 }), "momentum is 1.5"],
    ["rmsProp", () => rmsProp({ learningRate: 1, maxGradientNorm: 0 }), "maxGradientNorm is 0"],
  ])("%s refuses options that can't work", (_name, create, message) => {
    expect(create).toThrow(message);
    expect(create).toThrow(InvalidArgumentError);
  });
});

describe("small parameters, which are updated as one vector", () => {
  const huge = 100_001;
  const factories: [string, OptimizerFactory][] = [
    ["adamW", adamW({ learningRate: 0.1, decays: (name) => name !== "bias", maxGradientNorm: 1 })],
    ["rmsProp", rmsProp({ learningRate: 0.1 })],
    ["sgd", sgd({ learningRate: 0.1, momentum: 0.9 })],
    ["sgd without slots", sgd({ learningRate: 0.1 })],
  ];
  const weights = { weight: [[1, -2, 0.5]], bias: [0.25] };
  const gradients = { weight: [[0.3, 0.1, -0.7]], bias: [1.5] };

  test.each(factories)("%s: move and are saved as each by itself, to the bit", async (_name, factory) => {
    const run = async (isAlone: boolean) => {
      // Beside a large parameter each is updated by itself.
      const parameters = {
        ...make(weights),
        ...(isAlone && { huge: tf.tidy(() => tf.variable(tf.zeros([huge]))) }),
      };
      const optimizer = factory(parameters);
      for (let step = 0; step < 3; step++) {
        tf.tidy(() =>
          apply(optimizer, { ...gradientsOf(gradients), ...(isAlone && { huge: tf.zeros([huge]) }) }),
        );
      }
      const { tensors } = await optimizer.state();
      const { weight, bias } = parameters;
      const values = tf.tidy(() => [weight.arraySync(), bias.arraySync()]);
      const own = Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith("huge")));
      optimizer.dispose();
      tf.dispose(parameters);
      return { values, own };
    };
    const [together, alone] = [await run(false), await run(true)];
    expect(together).toEqual(alone);
    expect(together.values).not.toEqual([weights.weight, weights.bias]);
  });

  test("are restored, and leave nothing behind", () =>
    expectNoLeak(async () => {
      const factory = adam({ learningRate: 0.1 });
      const parameters = make(weights);
      const optimizer = factory(parameters);
      const step = () => tf.tidy(() => apply(optimizer, gradientsOf(gradients)));
      step();
      const state = await optimizer.state();
      expect(Object.keys(state.tensors).sort()).toEqual([
        "bias.firstMoment",
        "bias.secondMoment",
        "weight.firstMoment",
        "weight.secondMoment",
      ]);
      const before = tf.tidy(() => parameters.weight.arraySync());
      step();
      const after = tf.tidy(() => parameters.weight.arraySync());
      optimizer.restore(state);
      expect(await optimizer.state()).toEqual(state);
      tf.tidy(() => parameters.weight.assign(tf.tensor(before as number[][])));
      step();
      // The bias has moved on; it takes no part in the weight's update.
      expect(tf.tidy(() => parameters.weight.arraySync())).toEqual(after);
      optimizer.dispose();
      tf.dispose(parameters);
    }));
});
