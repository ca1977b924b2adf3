import { ShapeError } from "@accord-rl/core";
import { checkGradients, createBigram, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import golden from "./__fixtures__/sft.json" with { type: "json" };
import { learnedLogits, textTensors, tokenLosses } from "./index.ts";

const logits = tf.tensor2d(golden.inputs.logits);
const targets = tf.tensor1d(golden.inputs.targets, "int32");

test("by hand: two tokens with odds 3 to 1", () => {
  const table = tf.tensor2d([[Math.log(3), 0]]);
  const wanted = tf.tensor1d([0], "int32");
  const { nll, loss } = tokenLosses(table, wanted, { labelSmoothing: 0.2 });
  // −log ¾ = .287682, −log ¼ = 1.386294; .8·.287682 + .2·(their mean, .836988)
  expect(nll).toBeAllClose([0.287682], { atol: 2e-6 });
  expect(loss).toBeAllClose([0.397543], { atol: 2e-6 });
});

test.each(golden.losses)("PyTorch's values and gradients, smoothing $labelSmoothing", (expected) => {
  const { labelSmoothing, output, gradient } = expected;
  const of = (x: tf.Tensor) => tokenLosses(x as tf.Tensor2D, targets, { labelSmoothing }).loss;
  expect(of(logits)).toBeAllClose(output);
  expect(tf.grad(of)(logits)).toBeAllClose(gradient);
});

test("gradients by central differences", () => {
  checkGradients(
    (x) => tokenLosses(x as tf.Tensor2D, targets, { labelSmoothing: 0.3 }).loss,
    [tf.div(logits, 3)],
  );
});

test("equal logits give log V, at any height; absurd ones stay finite", () => {
  for (const height of [0, 1e4, -1e4]) {
    const { nll } = tokenLosses(tf.fill([4, 7], height), targets);
    expect(nll).toBeAllClose([7, 7, 7, 7].map(Math.log), { rtol: 1e-5 });
  }
  const spiky = tf.tensor2d([[1e4, -1e4, 0]]);
  const of = (x: tf.Tensor) =>
    tokenLosses(x as tf.Tensor2D, tf.tensor1d([1], "int32"), { labelSmoothing: 0.1 }).loss;
  expect(tf.grad(of)(spiky).dataSync().every(Number.isFinite)).toBe(true);
});

test("refuses targets of another length", () => {
  expect(() => tokenLosses(logits, tf.tensor1d([1], "int32"))).toThrow(ShapeError);
});

test("lays out what is learned: the position before each token from completionStart on", () => {
  const {
    positions,
    targets: wanted,
    weights,
    tokenIds,
    tokenMask,
  } = textTensors([
    { tokens: [5, 6, 1, 2], completionStart: 2, weight: 3 },
    { tokens: [4, 3], completionStart: 0 },
  ]);
  expect(tokenIds.arraySync()).toEqual([
    [5, 6, 1],
    [4, 0, 0],
  ]);
  expect(tokenMask.arraySync()).toEqual([
    [1, 1, 1],
    [1, 0, 0],
  ]);
  expect(positions.arraySync()).toEqual([1, 2, 3]);
  expect(wanted.arraySync()).toEqual([1, 2, 3]);
  expect(weights.arraySync()).toEqual([3, 3, 1]);
});

test("a mask leaves tokens out, never puts any in", () => {
  const { positions, targets: wanted } = textTensors([
    { tokens: [5, 6, 1, 2], completionStart: 1, mask: [1, 0, 1, 1] },
    { tokens: [4, 3, 2, 6], completionStart: 2, mask: [1, 1, 1, 0] },
  ]);
  expect(positions.arraySync()).toEqual([1, 2, 4]);
  expect(wanted.arraySync()).toEqual([1, 2, 2]);
});

test("logits of the learned positions are those rows of all logits, with the same gradient", async () => {
  const model = createBigram(golden.inputs.embedding, golden.inputs.head);
  const some = textTensors([{ tokens: [1, 4, 2, 6], completionStart: 2 }]);
  const all = textTensors([{ tokens: [1, 4, 2, 6], completionStart: 1 }]);
  expect(learnedLogits(model, some)).toBeAllClose(tf.slice(learnedLogits(model, all), [1, 0]));
  const sum = (loss: tf.Tensor): tf.Scalar => tf.sum(tf.square(loss));
  const direct = tf.variableGrads(() => sum(tf.slice(learnedLogits(model, all), [1, 0])));
  const gathered = tf.variableGrads(() => sum(learnedLogits(model, some)));
  for (const [name, gradient] of Object.entries(direct.grads)) {
    expect(gathered.grads[name]!).toBeAllClose(gradient);
  }
  await expectNoLeak(() => learnedLogits(model, some));
  await expectNoLeak(() => tokenLosses(logits, targets, { labelSmoothing: 0.1 }));
});
