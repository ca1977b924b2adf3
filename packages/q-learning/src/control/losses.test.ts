import { ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/control.json" with { type: "json" };
import { categoricalCrossEntropy, projectCategories } from "./categorical-loss.ts";
import { quantileHuber } from "./quantile-loss.ts";
import { huberLoss, squaredLoss, type TdLoss } from "./td-loss.ts";

const { inputs, outputs, gradients } = golden;
const weights = tf.tensor1d([1, -0.5, 2]);

describe("TD losses", () => {
  test("by hand: δ = 0.5, 1, 3 gives ½δ² up to κ = 1, then |δ| − ½", () => {
    const [predictions, targets] = [tf.tensor1d([0, 1, 2]), tf.tensor1d([0.5, 2, -1])];
    expect(huberLoss()(predictions, targets)).toBeAllClose([0.125, 0.5, 2.5]);
    expect(squaredLoss(predictions, targets)).toBeAllClose([0.125, 0.5, 4.5]);
  });

  test.each<[keyof typeof outputs.losses, TdLoss]>([
    ["huber1.0", huberLoss(1)],
    ["huber0.5", huberLoss(0.5)],
    ["squared", squaredLoss],
  ])("%s agrees with PyTorch, value and gradient", (name, loss) => {
    const [predictions, targets] = [tf.tensor1d(inputs.predictions), tf.tensor1d(inputs.targets)];
    expect(loss(predictions, targets)).toBeAllClose(outputs.losses[name].loss);
    const gradient = tf.grad((x) => tf.sum(loss(x, targets)))(predictions);
    expect(gradient).toBeAllClose(outputs.losses[name].gradient);
  });

  test("at the kink, and far away, the gradient is κ at most", () => {
    const gradient = tf.grad((x) => tf.sum(huberLoss(0.5)(x, tf.zeros([6]))));
    expect(gradient(tf.tensor1d([0, 0.5, -0.5, 1e4, -1e4, 0.25]))).toBeAllClose([
      0, 0.5, -0.5, 0.5, -0.5, 0.25,
    ]);
  });

  test("refuse shapes that broadcast, and leak nothing", async () => {
    const [column, row] = [tf.zeros([3, 1]), tf.zeros([3])];
    for (const loss of [huberLoss(), squaredLoss]) {
      expect(() => loss(column, row)).toThrow(ShapeError);
      await expectNoLeak(() => loss(row, row));
    }
  });
});

describe("quantileHuber", () => {
  test("by hand: one prediction 0, targets 2 and −0.5, κ = 1, τ = ½", () => {
    // u = 2: ½·(2 − ½) = 0.75; u = −0.5: ½·½·0.25 = 0.0625; their mean 0.40625.
    expect(quantileHuber(tf.tensor2d([[0]]), tf.tensor2d([[2, -0.5]]))).toBeAllClose([0.40625]);
  });

  test.each(Object.keys(outputs.quantileLosses) as (keyof typeof outputs.quantileLosses)[])(
    "agrees with loops in PyTorch: %s",
    (name) => {
      const [kind, threshold] = name.split(" ") as ["same" | "fewer", string];
      const [predictions, targets] = [
        tf.tensor2d(inputs.quantiles),
        tf.tensor2d(inputs.quantileTargets[kind]),
      ];
      const loss = (x: tf.Tensor2D) => quantileHuber(x, targets, { threshold: Number(threshold) });
      const expected = outputs.quantileLosses[name];
      expect(loss(predictions)).toBeAllClose(expected.loss);
      const gradient = tf.grad((x) => tf.sum(tf.mul(loss(x as tf.Tensor2D), weights)))(predictions);
      expect(gradient).toBeAllClose(expected.gradient);
    },
  );

  test("its minimum over many draws is at their quantiles", () => {
    // Draws 0 … 99: the quantiles at ¼ and ¾ are 24.5 and 74.5, where the gradients of both sides cancel.
    const targets = tf.reshape(tf.range(0, 100), [1, 100]) as tf.Tensor2D;
    const gradient = tf.grad((x) => tf.sum(quantileHuber(x as tf.Tensor2D, targets, { threshold: 1e-3 })));
    expect(gradient(tf.tensor2d([[24.5, 74.5]]))).toBeAllClose([[0, 0]], { atol: 1e-5 });
  });

  test("differentiates as central differences do, refuses other shapes, leaks nothing", async () => {
    const [x, y] = [tf.tensor2d([[0.3, -0.6, 0.9]]), tf.tensor2d([[0.1, 0.5, -0.2]])];
    checkGradients((x) => quantileHuber(x as tf.Tensor2D, y), [x]);
    expect(() => quantileHuber(x, tf.zeros([2, 3]))).toThrow(ShapeError);
    await expectNoLeak(() => quantileHuber(x, y));
  });
});

describe("categories", () => {
  const { minimum, maximum } = inputs;
  const project = () =>
    projectCategories(
      {
        probabilities: tf.tensor2d(inputs.nextProbabilities),
        rewards: tf.tensor1d(inputs.rewards),
        discounts: tf.tensor1d(inputs.discounts),
      },
      { minimum, maximum },
    );

  test("by hand: outcomes −1, 0, 1 with p = ⅕, ⅘, 0, shrunk by ½ and moved by 0.25", () => {
    // −1 → −0.25: ¼ to −1 and ¾ to 0; 0 → 0.25: ¾ to 0 and ¼ to 1.
    const projected = projectCategories(
      {
        probabilities: tf.tensor2d([[0.2, 0.8, 0]]),
        rewards: tf.tensor1d([0.25]),
        discounts: tf.tensor1d([0.5]),
      },
      { minimum: -1, maximum: 1 },
    );
    expect(projected).toBeAllClose([[0.05, 0.75, 0.2]]);
  });

  test("agree with PyTorch: projection, cross-entropy and gradient", () => {
    const [projected, logits] = [project(), tf.tensor2d(inputs.logits)];
    expect(projected).toBeAllClose(outputs.projected);
    expect(tf.sum(projected, 1)).toBeAllClose([1, 1, 1]);
    expect(categoricalCrossEntropy(logits, projected)).toBeAllClose(outputs.crossEntropy);
    const gradient = tf.grad((x) =>
      tf.sum(tf.mul(categoricalCrossEntropy(x as tf.Tensor2D, projected), weights)),
    );
    expect(gradient(logits)).toBeAllClose(gradients.logits);
  });

  test("keep a distribution that neither shrinks nor moves, and the mean of one that stays inside", () => {
    const probabilities = tf.tensor2d([[0.1, 0.2, 0.3, 0.4]]);
    const at = (reward: number, discount: number) =>
      projectCategories(
        { probabilities, rewards: tf.tensor1d([reward]), discounts: tf.tensor1d([discount]) },
        { minimum: -3, maximum: 3 },
      );
    expect(at(0, 1)).toBeAllClose(probabilities);
    // Mean of the outcomes −3, −1, 1, 3: 1. Halved and moved by 0.7: 1.2.
    expect(tf.sum(tf.mul(at(0.7, 0.5), tf.tensor2d([[-3, -1, 1, 3]])))).toBeAllClose(1.2);
  });

  test("refuse other shapes, and leak nothing", async () => {
    const probabilities = tf.zeros<tf.Rank.R2>([2, 3]);
    const [two, three] = [tf.zeros<tf.Rank.R1>([2]), tf.zeros<tf.Rank.R1>([3])];
    expect(() =>
      projectCategories({ probabilities, rewards: two, discounts: three }, { minimum, maximum }),
    ).toThrow(ShapeError);
    expect(() => categoricalCrossEntropy(probabilities, tf.zeros([2, 4]))).toThrow(ShapeError);
    await expectNoLeak(() => tf.tidy(project));
    await expectNoLeak(() => categoricalCrossEntropy(probabilities, probabilities));
  });
});
