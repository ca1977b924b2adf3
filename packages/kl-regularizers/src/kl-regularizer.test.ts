import { InvalidArgumentError, type KlPlacement, type KlRegularizer } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { adaptive, fixed } from "./controllers.ts";
import type { KlEstimator } from "./estimator.ts";
import { exact, forwardK3, k1, k2, k3, klEstimators, ratioK1, ratioK3 } from "./estimators.ts";
import { createKlRegularizer } from "./kl-regularizer.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** log π_ref of two actions, 1:3, whatever the state. */
const reference = {
  evaluate: ({ actions }: { actions: tf.Tensor2D }) => {
    const distribution = tf.tile(tf.log(tf.tensor3d([[[0.25, 0.75]]])), [...actions.shape, 1]) as tf.Tensor3D;
    const logProbs = tf.log(tf.add(0.25, tf.mul(0.5, tf.cast(actions, "float32")))) as tf.Tensor2D;
    return { logProbs, distribution, entropy: tf.zerosLike(logProbs) };
  },
};
const coefficient = fixed(0.1);

describe("lawful places", () => {
  it("the unlawful ones fail to compile, and throw with the reason", () => {
    // @ts-expect-error k1 in the loss
    expect(() => createKlRegularizer({ reference, estimator: k1, placement: "loss", coefficient })).toThrow(
      "createKlRegularizer: k1 can't stand in the loss: E[∇k1] = 0",
    );
    // @ts-expect-error k2 in the reward
    expect(() => createKlRegularizer({ reference, estimator: k2, placement: "reward", coefficient })).toThrow(
      "k2 can't stand in the reward: E[k2·∇log π] is the gradient of no KL",
    );
    // @ts-expect-error k3 in the reward
    expect(() => createKlRegularizer({ reference, estimator: k3, placement: "reward", coefficient })).toThrow(
      "k3 can't stand in the reward",
    );
    // @ts-expect-error k3 in the loss under the name of a reverse KL
    expect(() => createKlRegularizer({ reference, estimator: k3, placement: "loss", coefficient })).toThrow(
      "Use forwardK3 if that is what you want",
    );
    expect(() =>
      // @ts-expect-error exact in the reward
      createKlRegularizer({ reference, estimator: exact, placement: "reward", coefficient }),
    ).toThrow("its expected gradient there is 0");
    for (const estimator of [forwardK3, ratioK1, ratioK3]) {
      // @ts-expect-error in the reward
      expect(() => createKlRegularizer({ reference, estimator, placement: "reward", coefficient })).toThrow(
        InvalidArgumentError,
      );
    }
  });

  it("the lawful ones are built, and say what they are unbiased for", () => {
    expect(createKlRegularizer({ reference, estimator: k1, placement: "reward", coefficient })).toMatchObject(
      {
        name: "k1 in the reward",
        placement: "reward",
        semantics: { value: "KL(policy‖reference)", gradient: "KL(policy‖reference)" },
        request: {},
        coefficient: 0.1,
      },
    );
    for (const estimator of [k2, forwardK3, exact, ratioK1, ratioK3]) {
      expectTypeOf(estimator).toExtend<KlEstimator>();
      const regularizer = createKlRegularizer({ reference, estimator, placement: "loss", coefficient });
      expect(regularizer.semantics).toEqual(estimator.lawful.loss);
      expectTypeOf(regularizer).toExtend<KlRegularizer>();
    }
  });

  it("are the default", () => {
    const place = (estimator: KlEstimator) =>
      createKlRegularizer({ reference, estimator, coefficient }).placement;
    expect(place(k1)).toBe("reward");
    expect([k2, forwardK3, exact, ratioK1, ratioK3].map(place)).toEqual(Array(5).fill("loss"));
  });

  it("must be given where an estimator has none, or several", () => {
    // @ts-expect-error a measure has no place
    expect(() => createKlRegularizer({ reference, estimator: k3, coefficient })).toThrow(
      "createKlRegularizer: k3 is lawful only as a measure. in the reward: E[k3·∇log π]",
    );
    const both: KlEstimator = { ...k1, lawful: { ...k1.lawful, ...k2.lawful } };
    expect(() => createKlRegularizer({ reference, estimator: both, coefficient })).toThrow(
      'k1 is lawful in several places: give placement, "reward" or "loss"',
    );
  });

  it("an estimator looked up by name is checked when built", () => {
    const build = (name: keyof typeof klEstimators, placement: KlPlacement) => {
      const estimator: KlEstimator = klEstimators[name];
      return createKlRegularizer({ reference, estimator, placement, coefficient });
    };
    expect(build("exact", "loss").request).toEqual({ distribution: true });
    expect(() => build("exact", "reward")).toThrow(InvalidArgumentError);
  });

  it("an estimator from outside needs no reasons", () => {
    const estimator: KlEstimator = {
      name: "own",
      lawful: { loss: k2.lawful.loss! },
      request: {},
      value: k2.value,
    };
    expect(() => createKlRegularizer({ reference, estimator, placement: "reward", coefficient })).toThrow(
      "own can't stand in the reward: it is lawful only in the loss",
    );
  });
});

describe("a regularizer", () => {
  const batch = () => ({ observations: {}, actions: tf.tensor2d([[0, 1]], [1, 2], "int32") });

  it("evaluates the reference: no more than its estimator needs", async () => {
    const withoutDistribution = createKlRegularizer({
      reference,
      estimator: k1,
      placement: "reward",
      coefficient,
    });
    expect(Object.keys(withoutDistribution.evaluateReference(batch()))).toEqual(["logProbs"]);
    const decisions = batch();
    await expectNoLeak(() => withoutDistribution.evaluateReference(decisions));
    const evaluation = createKlRegularizer({
      reference,
      estimator: exact,
      placement: "loss",
      coefficient,
    }).evaluateReference(batch());
    expect(evaluation.distribution?.shape).toEqual([1, 2, 2]);
  });

  it("gives the penalty, within the clamp", async () => {
    const estimator = k1;
    const inputs = (regularizer: KlRegularizer) => ({
      policy: { logProbs: tf.log(tf.tensor2d([[0.5, 0.5]])) as tf.Tensor2D },
      reference: regularizer.evaluateReference(batch()),
      behaviourLogProbs: tf.log(tf.tensor2d([[0.5, 0.5]])) as tf.Tensor2D,
    });
    // log ½ − log ¼ = .693147; log ½ − log ¾ = −.405465
    const free = createKlRegularizer({ reference, estimator, placement: "reward", coefficient });
    expect(free.penalty(inputs(free))).toBeAllClose([[Math.LN2, -0.405465]]);
    const held = createKlRegularizer({ reference, estimator, placement: "reward", coefficient, clamp: 0.5 });
    expect(held.penalty(inputs(held))).toBeAllClose([[0.5, -0.405465]]);
    const given = inputs(held);
    await expectNoLeak(() => held.penalty(given));
    expect(() =>
      createKlRegularizer({ reference, estimator, placement: "reward", coefficient, clamp: -1 }),
    ).toThrow(/clamp is -1, expected nats above 0/);
  });

  it("carries its controller's state and refuses another regularizer's", async () => {
    const make = () =>
      createKlRegularizer({
        reference,
        estimator: k1,
        placement: "reward",
        coefficient: adaptive({ initial: 0.1, target: 6 }),
      });
    const [first, second] = [make(), make()];
    first.observe({ klNats: 12, sequences: 100 });
    expect(first.coefficient).toBeCloseTo(0.1 * 1.002, 12);
    second.restore(JSON.parse(JSON.stringify(await first.state())));
    expect(second.coefficient).toBe(first.coefficient);
    const other = createKlRegularizer({ reference, estimator: k2, placement: "loss", coefficient });
    const state = await other.state();
    expect(() => second.restore(state)).toThrow(
      /the state is of "k2 in the loss", expected "k1 in the reward"/,
    );
    expect(second.coefficient).toBe(first.coefficient);
  });
});
