import { InvalidArgumentError } from "@accord-rl/core";
import { createTabularPolicy, type TabularPolicy } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { adaptive } from "./controllers.ts";
import { k1 } from "./estimators.ts";
import { createKlRegularizer } from "./kl-regularizer.ts";
import { followPolicy, movingAverage, periodicSync, type ReferenceUpdate } from "./moving-reference.ts";

const setUp = (update: ReferenceUpdate) => {
  const policy = createTabularPolicy([[0, 0]]);
  const reference = policy.clone();
  const coefficient = adaptive({ initial: 0.5, target: 1, horizon: 100 });
  const inner = createKlRegularizer({ reference, estimator: k1, placement: "reward", coefficient });
  return { policy, reference, regularizer: followPolicy(inner, { reference, policy, update }) };
};
const learn = (policy: TabularPolicy, ...logits: number[]) =>
  tf.tidy(() => policy.parameters.logits!.assign(tf.tensor2d([logits])));
const observe = { klNats: 2, sequences: 10 };
const logitsOf = (policy: TabularPolicy) => Array.from(policy.parameters.logits!.dataSync());

test("periodicSync: the reference stays, and becomes the policy every third update", () => {
  const { policy, reference, regularizer } = setUp(periodicSync({ every: 3 }));
  learn(policy, 1, 2);
  regularizer.observe(observe);
  regularizer.observe(observe);
  expect(logitsOf(reference)).toEqual([0, 0]);
  regularizer.observe(observe);
  expect(logitsOf(reference)).toEqual([1, 2]);
  learn(policy, 5, 5);
  regularizer.observe(observe);
  expect(logitsOf(reference)).toEqual([1, 2]);
});

test("movingAverage: by hand, at decay 0.75", () => {
  const { policy, reference, regularizer } = setUp(movingAverage({ decay: 0.75 }));
  learn(policy, 4, 8);
  regularizer.observe(observe);
  expect(logitsOf(reference)).toEqual([1, 2]);
  regularizer.observe(observe);
  // .75·1 + .25·4, .75·2 + .25·8
  expect(logitsOf(reference)).toEqual([1.75, 3.5]);
});

test("the penalty is against where the reference has come to; the coefficient still follows its controller", () => {
  const { policy, reference, regularizer } = setUp(periodicSync({ every: 1 }));
  const states = tf.zeros([1, 1], "int32") as tf.Tensor2D;
  const batch = { observations: { states, nextStates: states }, actions: states };
  expect(regularizer.evaluateReference(batch).logProbs).toBeAllClose([[Math.log(0.5)]]);
  learn(policy, Math.log(3), 0);
  regularizer.observe(observe);
  expect(regularizer.evaluateReference(batch).logProbs).toBeAllClose([[Math.log(0.75)]]);
  // 0.5·(1 + 0.2·10/100)
  expect(regularizer.coefficient).toBeCloseTo(0.51, 6);
  expect(regularizer).toMatchObject({ placement: "reward", request: {} });
  expect(reference.parameters.logits).not.toBe(policy.parameters.logits);
});

describe("state", () => {
  test("restored into a fresh one, it continues bit for bit", async () => {
    const original = setUp(movingAverage({ decay: 0.9, every: 2 }));
    const advance = ({ policy, regularizer }: typeof original, from: number) => {
      for (let update = from; update < from + 3; update++) {
        learn(policy, Math.sin(update), Math.cos(update));
        regularizer.observe({ klNats: 1 + Math.sin(update), sequences: 7 });
      }
    };
    advance(original, 0);
    const saved = await original.regularizer.state();
    const resumed = setUp(movingAverage({ decay: 0.9, every: 2 }));
    resumed.regularizer.restore(saved);
    advance(resumed, 3);
    advance(original, 3);
    expect(await resumed.regularizer.state()).toEqual(await original.regularizer.state());
    expect(logitsOf(resumed.reference)).toEqual(logitsOf(original.reference));
  });

  test("another update's, another regularizer's or a damaged one is refused and changes nothing", async () => {
    const target = setUp(periodicSync({ every: 2 }));
    const before = await target.regularizer.state();
    const other = setUp(periodicSync({ every: 3 }));
    learn(other.policy, 3, 3);
    for (let i = 0; i < 3; i++) other.regularizer.observe(observe);
    const good = await (async () => {
      const same = setUp(periodicSync({ every: 2 }));
      learn(same.policy, 3, 3);
      for (let i = 0; i < 2; i++) same.regularizer.observe(observe);
      return same.regularizer.state();
    })();
    const damaged = { ...good, json: { ...(good.json as object), regularizer: null } };
    for (const state of [await other.regularizer.state(), damaged, { tensors: {}, json: null }]) {
      expect(() => target.regularizer.restore(state)).toThrow(InvalidArgumentError);
      expect(await target.regularizer.state()).toEqual(before);
    }
    target.regularizer.restore(good);
    expect(logitsOf(target.reference)).toEqual([3, 3]);
  });
});

test("wrong ones are refused when built", () => {
  expect(() => periodicSync({ every: 0 })).toThrow(/every is 0/);
  expect(() => movingAverage({ decay: 1 })).toThrow(/decay is 1/);
  expect(() => movingAverage({ decay: 0.5, every: 1.5 })).toThrow(/every is 1.5/);
  const { policy, regularizer } = setUp(periodicSync({ every: 1 }));
  const update = periodicSync({ every: 1 });
  expect(() => followPolicy(regularizer, { reference: policy, policy, update })).toThrow(/expected a copy/);
  const larger = createTabularPolicy([[0, 0, 0]]);
  expect(() => followPolicy(regularizer, { reference: larger, policy, update })).toThrow(
    InvalidArgumentError,
  );
});
