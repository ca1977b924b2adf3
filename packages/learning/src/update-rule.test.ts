import { InvalidArgumentError } from "@accord-rl/core";
import type { Scalars } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { chain, createOptimizer, type OptimizerFactory, sgd, type UpdateRule } from "./index.ts";

const momentum = (decay: number): UpdateRule => ({
  name: "momentum",
  slots: { velocity: 0 },
  coefficients: () => ({ decay }),
  update: ({ gradient, slots, coefficients }) => {
    const velocity = tf.add(tf.mul(slots.velocity!, coefficients.decay!), gradient);
    return { change: velocity, slots: { velocity } };
  },
});
const decay = (rate: number): UpdateRule => ({
  name: "decay",
  coefficients: () => ({ rate }),
  update: ({ parameter, gradient, coefficients }) => ({
    change: tf.add(gradient, tf.mul(parameter, coefficients.rate!)),
  }),
});
const scale: UpdateRule = {
  name: "scale",
  coefficients: (_step, learningRate) => ({ learningRate }),
  update: ({ gradient, coefficients }) => ({ change: tf.mul(gradient, coefficients.learningRate!) }),
};

const learn = (factory: OptimizerFactory, gradients: readonly number[]): number[] => {
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([1])));
  const optimizer = factory({ weight });
  const path = gradients.map((gradient) => {
    tf.tidy(() => {
      const numbers = Object.entries(optimizer.numbers()).map(([name, value]) => [name, tf.scalar(value)]);
      optimizer.update({ weight: tf.tensor1d([gradient]) }, Object.fromEntries(numbers) as Scalars);
    });
    optimizer.advance();
    return weight.dataSync()[0]!;
  });
  optimizer.dispose();
  weight.dispose();
  return path;
};

describe("chain", () => {
  test("gives each rule the change of the one before", () => {
    const factory = createOptimizer(chain(decay(0.5), momentum(0.5), scale), { learningRate: 0.1 });
    // g' = 2 + 0.5·1 = 2.5, b = 2.5, θ = 1 − 0.25; g' = 0.5·0.75 = 0.375, b = 1.25 + 0.375 = 1.625, θ = 0.75 − 0.1625
    expect(learn(factory, [2, 0])).toBeAllClose([0.75, 0.5875]);
  });

  test("is the optimizer that its rules make up", () => {
    const chained = createOptimizer(chain(momentum(0.9), scale), { learningRate: 0.1 });
    const gradients = [1, -2, 0.5, 3];
    expect(learn(chained, gradients)).toBeAllClose(
      learn(sgd({ learningRate: 0.1, momentum: 0.9 }), gradients),
    );
  });

  test("depends on the order of its rules", () => {
    const [before, after] = [chain(decay(0.5), scale), chain(scale, decay(0.5))];
    expect(learn(createOptimizer(before, { learningRate: 0.1 }), [2])).toBeAllClose([0.75]);
    // Decay after scaling is not scaled: 1 − (0.2 + 0.5).
    expect(learn(createOptimizer(after, { learningRate: 0.1 }), [2])).toBeAllClose([0.3]);
  });

  test("saves the slots of all rules under their names, and refuses two of one name", async () => {
    const factory = createOptimizer(chain(momentum(0.9), scale), { learningRate: 0.1 });
    const weight = tf.tidy(() => tf.variable(tf.tensor1d([1])));
    const { tensors, json } = await factory({ weight }).state();
    expect([Object.keys(tensors), json]).toEqual([
      ["weight.velocity"],
      { optimizer: "momentum, scale", step: 0 },
    ]);
    expect(() => chain(momentum(0.5), momentum(0.9))).toThrow("two rules have a slot named velocity");
    expect(() => chain(momentum(0.5), momentum(0.9))).toThrow(InvalidArgumentError);
  });
});
