import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectileLoss, type IlqlLossInputs, ilqlLoss } from "../index.ts";

const row = (...numbers: number[]): tf.Tensor2D => tf.tensor2d([numbers]);

const inputs = (): IlqlLossInputs => ({
  q: [row(1, 0.5), row(0, 2)],
  qLogShares: [row(-1, -0.2), row(-0.5, -3)],
  values: row(0.5, 1.5),
  returns: row(0.25, 1),
  targetQ: row(1, 1),
  baseline: row(0.5, 1.5),
  logProbs: row(-2, -0.5),
});
const weights = { expectile: 0.75, conservativeWeight: 0.1, policyWeight: 0.5, advantageScale: 2 };

test("expectiles of one target: τ = ¾ of [−2, −1, −½, 0, ½, 1, 2] to 0", () => {
  const predictions = tf.tensor1d([-2, -1, -0.5, 0, 0.5, 1, 2]);
  const targets = tf.zerosLike(predictions);
  expect(expectileLoss({ predictions, targets }, { expectile: 0.75 })).toBeAllClose([
    3, 0.75, 0.1875, 0, 0.0625, 0.25, 1,
  ]);
});

test("τ = ½ is half the squared error; the expectile of {0, 1} is τ", () => {
  const [predictions, targets] = [row(3, -1), row(1, 1)];
  expect(expectileLoss({ predictions, targets }, { expectile: 0.5 })).toBeAllClose([[2, 2]]);
  const slope = tf.grad((v: tf.Tensor) =>
    tf.sum(
      expectileLoss({ predictions: tf.tile(v, [1, 2]), targets: row(0, 1) } as never, { expectile: 0.8 }),
    ),
  );
  expect(slope(tf.tensor2d([[0.8]]))).toBeAllClose([[0]], { atol: 1e-6 });
});

test("by hand: two tokens", () => {
  const losses = ilqlLoss(inputs(), weights);
  // (1 − ¼)² + (0 − ¼)²; (½ − 1)² + (2 − 1)²
  expect(losses.tdLoss).toBeAllClose([[0.625, 1.25]]);
  // ¾·½²; ¼·½²
  expect(losses.valueLoss).toBeAllClose([[0.1875, 0.0625]]);
  expect(losses.conservativeLoss).toBeAllClose([[1.5, 3.2]]);
  // 2·e^{2·½}; ½·e^{2·(−½)}
  expect(losses.policyLoss).toBeAllClose([[2 * Math.E, 0.5 / Math.E]]);
  expect(losses.loss).toBeAllClose([[0.9625 + Math.E, 1.6325 + 0.25 / Math.E]]);
});

test("a frozen model clones nothing, and without shares nothing is conservative", () => {
  const { logProbs: _, ...rest } = inputs();
  const losses = ilqlLoss({ ...rest, qLogShares: [] }, weights);
  expect(losses.policyLoss).toBeAllClose([[0, 0]]);
  expect(losses.conservativeLoss).toBeAllClose([[0, 0]]);
  expect(losses.loss).toBeAllClose([[0.8125, 1.3125]]);
});

test("gradients agree with central differences", () => {
  const { q, qLogShares, values, logProbs } = inputs();
  checkGradients(
    (first, second, share, value, logProb) =>
      ilqlLoss(
        {
          ...inputs(),
          q: [first, second] as tf.Tensor2D[],
          qLogShares: [share] as tf.Tensor2D[],
          values: value as tf.Tensor2D,
          logProbs: logProb as tf.Tensor2D,
        },
        weights,
      ).loss,
    [q[0]!, q[1]!, qLogShares[0]!, values, logProbs!],
    { step: 1e-3, atol: 5e-3 },
  );
});

test("leaves nothing behind, and refuses shapes that differ", async () => {
  const given = inputs();
  await expectNoLeak(() => ({ ...ilqlLoss(given, weights) }));
  expect(() => ilqlLoss({ ...given, returns: row(1) }, weights)).toThrow(/returns has shape \[1, 1\]/);
});
