import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { sgd } from "@accord-rl/learning";
import { createTabularPolicy, createTabularValues } from "@accord-rl/testing";
import { expect, test } from "vitest";
import { createPpo, type PpoOptions, ppoDefaults } from "./index.ts";

const build = (options: object) =>
  createPpo({
    policy: createTabularPolicy([[0, 0]]),
    values: createTabularValues([0]),
    optimizer: sgd({ learningRate: 1 }),
    random: createRandom(0),
    options: options as Partial<PpoOptions>,
  });

test.each([
  ["clipEpsilon", 0],
  ["clipEpsilon", Number.NaN],
  ["valueClipEpsilon", -1],
  ["dualClip", 1],
  ["valueCoefficient", -0.1],
  ["entropyCoefficient", Number.POSITIVE_INFINITY],
  ["discount", 1.01],
  ["gaeLambda", -0.01],
  ["epochs", 0],
  ["minibatches", 1.5],
  ["microBatchSize", 0],
  ["maxApproxKl", 0],
  ["epochs", null],
  ["behaviourMismatch", "ignore"],
  ["clipRange", 0.2],
])("refuses %s = %j when built, and says what it expected", (name, value) => {
  const error = (() => {
    try {
      build({ [name]: value });
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(InvalidArgumentError.isInstance(error) && error.argument).toBe(name);
  expect(String(error)).toMatch(/createPpo: .* is .*, expected /);
});

test.each([{ scope: "token" }, { variance: "none" }])("refuses whitening %j", (whitening) => {
  expect(() => build({ whitening })).toThrow(InvalidArgumentError);
});

test.each([{ valueClipEpsilon: null }, { dualClip: null }, { whitening: null }, { clipEpsilon: Infinity }])(
  "takes %j",
  (options) => {
    expect(() => build(options).dispose()).not.toThrow();
  },
);

test("the defaults can't be changed by accident", () => {
  expect(Object.isFrozen(ppoDefaults) && Object.isFrozen(ppoDefaults.whitening)).toBe(true);
});
