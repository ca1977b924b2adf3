import { ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/log-probs.json" with { type: "json" };
import { entropy, logSoftmax, selectedLogProbs } from "./log-probs.ts";

const logits = tf.tensor3d(golden.inputs.logits);
const ids = tf.tensor2d(golden.inputs.ids, undefined, "int32");
const upstream = tf.tensor2d(golden.inputs.upstream);
const gradientOf = (fn: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor = logits): tf.Tensor =>
  tf.grad((input: tf.Tensor) => tf.sum(tf.mul(fn(input), upstream)))(x);

describe("selectedLogProbs", () => {
  test("by hand: softmax of [ln 1, ln 3] is [1/4, 3/4]", () => {
    const x = tf.tensor2d([[0, Math.log(3)]]);
    expect(selectedLogProbs(x, tf.tensor1d([1], "int32"))).toBeAllClose([Math.log(0.75)]);
    // dy · (onehot − p) = 2 · ([0, 1] − [1/4, 3/4])
    const gradient = tf.grad((input: tf.Tensor) =>
      tf.mul(2, selectedLogProbs(input, tf.tensor1d([1], "int32"))),
    )(x);
    expect(gradient).toBeAllClose([[-0.5, 0.5]]);
  });

  test("equals PyTorch, also at logits of ±1e4", () => {
    expect(selectedLogProbs(logits, ids)).toBeAllClose(golden.outputs.selectedLogProbs);
    expect(gradientOf((x) => selectedLogProbs(x, ids))).toBeAllClose(golden.gradients.selectedLogProbs);
  });

  test("equals PyTorch without leading dimensions", () => {
    const row = tf.tensor1d(golden.inputs.logits[0]![0]!);
    expect(selectedLogProbs(row, tf.scalar(0, "int32"))).toBeAllClose(
      golden.outputs.selectedLogProbs[0]![0]!,
    );
  });

  test("has the gradient of its values", () => {
    const x = tf.tensor2d([
      [0.3, -1, 2],
      [0, 0.1, -0.2],
    ]);
    checkGradients((input) => selectedLogProbs(input, tf.tensor1d([2, 0], "int32")), [x]);
  });

  test("is exact over a vocabulary of 32,000", () => {
    const size = 32_000;
    const row = Float32Array.from({ length: size }, (_, i) => 4 * Math.sin(i * 12.9898));
    const exact = -Math.log(row.reduce((sum, value) => sum + Math.exp(value - row[7]!), 0));
    const selected = selectedLogProbs(tf.tensor2d(row, [1, size]), tf.tensor1d([7], "int32"));
    expect(selected).toBeAllClose([exact], { rtol: 0, atol: 3e-6 });
  });

  test("adding a constant to all logits changes nothing; probabilities add up to 1", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 2, maxLength: 6 }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        (row, shift) => {
          tf.tidy(() => {
            const all = tf.range(0, row.length, 1, "int32");
            const rows = tf.tile(tf.tensor2d([row]), [row.length, 1]);
            const selected = selectedLogProbs(rows, all);
            expect(selectedLogProbs(tf.add(rows, shift), all)).toBeAllClose(selected, { atol: 2e-5 });
            expect(tf.sum(tf.exp(selected))).toBeAllClose(1, { atol: 1e-5 });
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  test("leaks nothing, with or without gradient", async () => {
    await expectNoLeak(() => selectedLogProbs(logits, ids));
    await expectNoLeak(() => gradientOf((x) => selectedLogProbs(x, ids)));
  });

  test("refuses other shapes and types", () => {
    expect(() => selectedLogProbs(logits, tf.tensor1d([0], "int32"))).toThrow(ShapeError);
    expect(() => selectedLogProbs(logits, tf.zeros([2, 3]))).toThrow("expected int32");
    expect(() => selectedLogProbs(tf.scalar(1), tf.scalar(0, "int32"))).toThrow(ShapeError);
  });
});

describe("entropy", () => {
  test("by hand: a fair coin has ln 2, a certain outcome 0", () => {
    expect(
      entropy(
        tf.tensor2d([
          [5, 5],
          [1e4, -1e4],
        ]),
      ),
    ).toBeAllClose([Math.LN2, 0]);
  });

  test("equals PyTorch, also at logits of ±1e4", () => {
    expect(entropy(logits)).toBeAllClose(golden.outputs.entropy);
    expect(gradientOf(entropy)).toBeAllClose(golden.gradients.entropy, { atol: 2e-6 });
  });

  test("has the gradient of its values", () => {
    checkGradients(entropy, [
      tf.tensor2d([
        [0.3, -1, 2],
        [0, 0.1, -0.2],
      ]),
    ]);
  });

  test("is largest for equal logits, and ignores a very unlikely action", () => {
    expect(entropy(tf.zeros([1, 8]))).toBeAllClose([Math.log(8)]);
    expect(entropy(tf.tensor2d([[0, 0, -1e9]]))).toBeAllClose([Math.LN2]);
    expect(tf.grad(entropy)(tf.tensor2d([[0, 1, -1e9]]))).toBeAllClose(
      tf.concat([tf.grad(entropy)(tf.tensor2d([[0, 1]])), tf.zeros([1, 1])], 1),
    );
  });

  test("leaks nothing, with or without gradient", async () => {
    await expectNoLeak(() => entropy(logits));
    await expectNoLeak(() => gradientOf(entropy));
  });
});

describe("logSoftmax", () => {
  test("equals PyTorch", async () => {
    expect(logSoftmax(logits)).toBeAllClose(golden.outputs.logSoftmax);
    await expectNoLeak(() => logSoftmax(logits));
  });

  test("has the gradient of its values", () => {
    checkGradients(logSoftmax, [
      tf.tensor2d([
        [0.3, -1, 2],
        [0, 0.1, -0.2],
      ]),
    ]);
  });
});
