import { InvalidArgumentError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { adam, createOptimizerGroup, policyAndValueOptimizers, sgd } from "./index.ts";

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
  return { parameters, optimizers, dispose };
};

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
