import { InvalidArgumentError } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { checkTarget, followParameters } from "./follow-parameters.ts";
import { undoOnError } from "./restore-learner.ts";

const parameters = (...values: number[]) => ({ weight: tf.variable(tf.tensor1d(values)) });

test("moves by a share of the way; all of it copies", async () => {
  const [target, online] = [parameters(0, 4), parameters(1, 2)];
  followParameters(target, online, 0.25);
  expect(target.weight).toBeAllClose([0.25, 3.5]);
  followParameters(target, online, 1);
  expect(target.weight.dataSync()).toEqual(online.weight.dataSync());
  online.weight.assign(tf.tensor1d([9, 9]));
  expect(target.weight).toBeAllClose([1, 2]);
  await expectNoLeak(() => followParameters(target, online, 0.5));
  await expectNoLeak(() => followParameters(target, online, 1));
});

test("refuses a target of another shape, and one that is what it follows", () => {
  const online = parameters(1, 2);
  expect(() => checkTarget("here", parameters(0, 0), online)).not.toThrow();
  expect(() => checkTarget("here", parameters(1), online)).toThrow(InvalidArgumentError);
  expect(() => checkTarget("here", online, online)).toThrow(/here: .*themselves, expected a copy/);
});

test("what throws is undone", async () => {
  const target = parameters(1, 2);
  const fail = () =>
    undoOnError(target, () => {
      tf.tidy(() => target.weight.assign(tf.tensor1d([7, 7])));
      throw new InvalidArgumentError({ argument: "x", value: 0, message: "no" });
    });
  expect(fail).toThrow("no");
  expect(target.weight).toBeAllClose([1, 2]);
  const before = tf.memory().numTensors;
  expect(fail).toThrow("no");
  expect(tf.memory().numTensors).toBe(before);
});
