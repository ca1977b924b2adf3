import { ShapeError } from "@accord-rl/core";
import { selectedLogProbs } from "@accord-rl/math";
import { approximateKl, clippedSurrogate, isClipped, ratioDeviation } from "@accord-rl/policy-gradient";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/losses.json" with { type: "json" };
import { clippedValueLoss } from "./index.ts";

const rows = (...values: number[]): tf.Tensor2D => tf.tensor2d([values]);
const logs = (...ratios: number[]): tf.Tensor2D => rows(...ratios.map(Math.log));

const inputs = {
  logProbs: tf.tensor2d(golden.inputs.logProbs),
  oldLogProbs: tf.tensor2d(golden.inputs.oldLogProbs),
  advantages: tf.tensor2d(golden.inputs.advantages),
  values: tf.tensor2d(golden.inputs.values),
  oldValues: tf.tensor2d(golden.inputs.oldValues),
  returns: tf.tensor2d(golden.inputs.returns),
};

describe("clippedSurrogate", () => {
  test("by hand: ρ = 1.5, .5, 1.5, .5 with Â = 1, 1, −1, −1 and ε = .2", () => {
    // −min(1.5, 1.2), −min(.5, .8), −min(−1.5, −1.2), −min(−.5, −.8)
    const loss = clippedSurrogate({
      logProbs: logs(1.5, 0.5, 1.5, 0.5),
      oldLogProbs: rows(0, 0, 0, 0),
      advantages: rows(1, 1, -1, -1),
    });
    expect(loss).toBeAllClose([[-1.2, -0.5, 1.5, 0.8]]);
  });

  test("dual clip bounds negative advantages alone: ρ = 5, c = 3", () => {
    const batch = { logProbs: logs(5, 5), oldLogProbs: rows(0, 0), advantages: rows(-2, 2) };
    expect(clippedSurrogate(batch, { dualClip: 3 })).toBeAllClose([[6, -2.4]]);
    expect(clippedSurrogate(batch)).toBeAllClose([[10, -2.4]]);
  });

  test.each([
    [1, -0.17117467],
    [-1, 0.193333],
  ])("rlax's published case, advantages × %d", (sign, expected) => {
    const logits = tf.tensor2d([
      [1, 1, 1],
      [2, 0, 0],
      [-1, -2, -3],
    ]);
    const oldLogits = tf.tensor2d([
      [1, 1, 1],
      [2, 0, 0],
      [-3, -2, -1],
    ]);
    const actions = tf.tensor1d([0, 1, 2], "int32");
    const pick = (table: tf.Tensor2D) => tf.reshape(selectedLogProbs(table, actions), [1, 3]) as tf.Tensor2D;
    const advantages = rows(0.3 * sign, 0.2 * sign, 0.1 * sign);
    const loss = clippedSurrogate({ logProbs: pick(logits), oldLogProbs: pick(oldLogits), advantages });
    // rlax's own tolerance.
    expect(tf.mean(loss)).toBeAllClose(expected, { atol: 1e-4 });
  });

  test.each(golden.surrogate)("PyTorch's values and gradients: $options", ({ options, output, gradient }) => {
    const of = (logProbs: tf.Tensor) =>
      clippedSurrogate({ ...inputs, logProbs: logProbs as tf.Tensor2D }, options);
    expect(of(inputs.logProbs)).toBeAllClose(output, { rtol: 2e-6 });
    expect(tf.grad(of)(inputs.logProbs)).toBeAllClose(gradient, { rtol: 2e-6 });
  });

  test("ratio 1 gives −Â, and the gradient of the policy gradient, −Â", () => {
    const { advantages, oldLogProbs } = inputs;
    const of = (logProbs: tf.Tensor) =>
      clippedSurrogate({ logProbs: logProbs as tf.Tensor2D, oldLogProbs, advantages });
    expect(of(oldLogProbs.clone())).toBeAllClose(tf.neg(advantages));
    expect(tf.grad(of)(oldLogProbs.clone())).toBeAllClose(tf.neg(advantages));
  });

  test("ε = ∞ is −ρ·Â", () => {
    const ratio = tf.exp(tf.sub(inputs.logProbs, inputs.oldLogProbs));
    const unclipped = tf.neg(tf.mul(ratio, inputs.advantages));
    expect(clippedSurrogate(inputs, { clipEpsilon: Number.POSITIVE_INFINITY })).toBeAllClose(unclipped);
  });

  test("gradients by central differences, away from kinks", () => {
    const batch = { oldLogProbs: rows(-1, -1, -1, -1), advantages: rows(0.7, -0.4, 0.9, -1.1) };
    checkGradients(
      (logProbs) => clippedSurrogate({ ...batch, logProbs: logProbs as tf.Tensor2D }),
      [rows(-0.95, -1.1, -0.5, -0.4)],
    );
  });

  test("beyond the clip, no gradient where the advantage pushes outwards; full gradient where it pulls back", () => {
    const of = (logProbs: tf.Tensor) =>
      clippedSurrogate({
        logProbs: logProbs as tf.Tensor2D,
        oldLogProbs: rows(0, 0, 0, 0),
        advantages: rows(1, 1, -1, -1),
      });
    const [up, down] = [Math.log(1.5), Math.log(0.5)];
    // d(−ρÂ)/d log π = −ρÂ.
    expect(tf.grad(of)(rows(up, down, up, down))).toBeAllClose([[0, -0.5, 1.5, 0]]);
  });

  test("stays finite at absurd log-probs, and refuses other shapes", () => {
    const batch = { logProbs: rows(1e4, -1e4), oldLogProbs: rows(-1e4, 1e4), advantages: rows(-1, -1) };
    const of = (logProbs: tf.Tensor) => clippedSurrogate({ ...batch, logProbs: logProbs as tf.Tensor2D });
    for (const tensor of [of(batch.logProbs), tf.grad(of)(batch.logProbs)]) {
      expect(tensor.dataSync().every(Number.isFinite)).toBe(true);
    }
    expect(() => clippedSurrogate({ ...batch, advantages: rows(1) })).toThrow(ShapeError);
  });
});

describe("clippedValueLoss", () => {
  test("by hand: V_old = 0, R = 1, ε_v = .2", () => {
    // V = .5: max(.25, (.2 − 1)²)/2. V = −.5: max(2.25, 1.44)/2. V = .1: inside.
    const loss = clippedValueLoss(
      { values: rows(0.5, -0.5, 0.1), oldValues: rows(0, 0, 0), returns: rows(1, 1, 1) },
      { valueClipEpsilon: 0.2 },
    );
    expect(loss).toBeAllClose([[0.32, 1.125, 0.405]]);
  });

  test.each(golden.value)("PyTorch's values and gradients: $options", ({ options, output, gradient }) => {
    const of = (values: tf.Tensor) => clippedValueLoss({ ...inputs, values: values as tf.Tensor2D }, options);
    expect(of(inputs.values)).toBeAllClose(output, { rtol: 2e-6 });
    expect(tf.grad(of)(inputs.values)).toBeAllClose(gradient, { rtol: 1e-5, atol: 1e-6 });
  });

  test("a clip that is never reached changes nothing", () => {
    expect(clippedValueLoss(inputs, { valueClipEpsilon: 100 })).toBeAllClose(clippedValueLoss(inputs));
  });

  test("gradients by central differences", () => {
    const batch = { oldValues: rows(0, 0, 0), returns: rows(1, 1, 1) };
    checkGradients(
      (values) => clippedValueLoss({ ...batch, values: values as tf.Tensor2D }, { valueClipEpsilon: 0.2 }),
      [rows(0.5, -0.5, 0.1)],
    );
  });
});

describe("what is measured", () => {
  test("approximate KL: ½·(.4², .2²)", () => {
    const kl = approximateKl({ logProbs: rows(-1, -2), oldLogProbs: rows(-1.4, -1.8) });
    expect(kl).toBeAllClose([[0.08, 0.02]]);
  });

  test("clipped where the advantage pushes beyond 1 ± ε", () => {
    const clipped = isClipped({
      logProbs: logs(1.5, 0.5, 1.5, 0.5, 1.1),
      oldLogProbs: rows(0, 0, 0, 0, 0),
      advantages: rows(1, 1, -1, -1, 1),
    });
    expect(clipped).toBeAllClose([[1, 0, 0, 1, 0]]);
  });

  test("clipped tokens are those without gradient", () => {
    const gradient = tf.grad((logProbs) =>
      clippedSurrogate({ ...inputs, logProbs: logProbs as tf.Tensor2D }),
    );
    const without = tf.cast(tf.equal(gradient(inputs.logProbs), 0), "float32");
    expect(isClipped(inputs)).toBeAllClose(without);
  });

  test("ratio deviation: |1.5 − 1|, |.5 − 1|", () => {
    expect(ratioDeviation({ logProbs: logs(1.5, 0.5), oldLogProbs: rows(0, 0) })).toBeAllClose([[0.5, 0.5]]);
  });
});

test.each([
  ["clippedSurrogate", () => clippedSurrogate(inputs, { dualClip: 3 })],
  ["clippedValueLoss", () => clippedValueLoss(inputs, { valueClipEpsilon: 0.2 })],
  ["approximateKl", () => approximateKl(inputs)],
  ["isClipped", () => isClipped(inputs)],
  ["ratioDeviation", () => ratioDeviation(inputs)],
])("%s leaves only its result behind", async (_, fn) => {
  await expectNoLeak(fn);
});
