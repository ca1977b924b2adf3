import { logSoftmax, selectedLogProbs } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import golden from "./__fixtures__/estimators.json" with { type: "json" };
import { klEstimators } from "./estimators.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

it.each(Object.entries(klEstimators))("%s: value and gradient agree with PyTorch", (name, estimator) => {
  const { inputs, outputs, gradients } = golden;
  const actions = tf.tensor2d(inputs.actions, [2, 3], "int32");
  const evaluate = (logits: tf.Tensor) => ({
    logProbs: selectedLogProbs(logits, actions) as tf.Tensor2D,
    distribution: logSoftmax(logits) as tf.Tensor3D,
  });
  const reference = evaluate(tf.tensor3d(inputs.referenceLogits));
  const behaviourLogProbs = evaluate(tf.tensor3d(inputs.behaviourLogits)).logProbs;
  const value = (logits: tf.Tensor) =>
    estimator.value({ policy: evaluate(logits), reference, behaviourLogProbs });

  const logits = tf.tensor3d(inputs.logits);
  expect(value(logits)).toBeAllClose(outputs[name as keyof typeof outputs]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(value(x), tf.tensor2d(inputs.weights))))(logits);
  // Products of exponentials of both signs: a few float32 roundings more than the default allows.
  expect(gradient).toBeAllClose(gradients[name as keyof typeof gradients], { rtol: 1e-4, atol: 2e-6 });
});
