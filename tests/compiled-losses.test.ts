/** Every loss of the packages, with its gradients: a compiled function gives what it gives by itself. */
import { createCompile } from "@accord-rl/backend";
import { dpoLoss, ipoLoss, ktoLoss, orpoLoss, simPoLoss } from "@accord-rl/dpo";
import { exactKl, k1Values, k2Values, k3Values } from "@accord-rl/kl-regularizers";
import {
  bradleyTerryLoss,
  entropy,
  gae,
  logSoftmax,
  selectedLogProbs,
  tokenMean,
  whiten,
} from "@accord-rl/math";
import {
  approximateKl,
  clippedSurrogate,
  isClipped,
  policyGradientLoss,
  valueLoss,
} from "@accord-rl/policy-gradient";
import { clippedValueLoss } from "@accord-rl/ppo";
import { expectileLoss, huberLoss, quantileHuber, squaredLoss } from "@accord-rl/q-learning";
import { meanSequenceRatio, sequenceRatio, truncatedRatio } from "@accord-rl/reinforce";
import { centeringLoss } from "@accord-rl/reward-model";
import { tokenLosses } from "@accord-rl/sft";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, it } from "vitest";

type Matrix = tf.Tensor2D;
/** Four matrices [3, 4] of numbers around 0: what a loss takes them for is its own business. */
type Case = (a: Matrix, b: Matrix, c: Matrix, d: Matrix) => tf.Tensor;

const mask = () => tf.tensor2d([1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1], [3, 4]);
const ids = () => tf.tensor1d([2, 0, 3], "int32");
const flat = (x: tf.Tensor) => tf.reshape(x, [-1]) as tf.Tensor1D;
const logits = (x: Matrix): tf.Tensor3D => tf.reshape(x, [1, 3, 4]);
const negative = (x: Matrix) => flat(tf.neg(tf.add(tf.square(x), 0.1)));
const ratio = (a: Matrix, b: Matrix, c: Matrix) => ({ logProbs: a, oldLogProbs: b, advantages: c });
const scores = (x: Matrix, reference: Matrix) => ({
  logProbs: negative(x),
  lengths: tf.fill([12], 3) as tf.Tensor1D,
  referenceLogProbs: negative(reference),
});
const pairs = (a: Matrix, b: Matrix, c: Matrix, d: Matrix) => ({
  preferred: scores(a, c),
  rejected: scores(b, d),
  probabilities: tf.fill([12], 0.9) as tf.Tensor1D,
  margins: tf.zeros([12]) as tf.Tensor1D,
});

const losses: Record<string, Case> = {
  policyGradientLoss: (a, b) => policyGradientLoss({ logProbs: a, advantages: b }),
  clippedSurrogate: (a, b, c) => clippedSurrogate(ratio(a, b, c)),
  "clippedSurrogate, dual": (a, b, c) =>
    clippedSurrogate(ratio(a, b, c), { dualClip: 3, clipEpsilonHigh: 0.3 }),
  isClipped: (a, b, c) => isClipped(ratio(a, b, c)),
  approximateKl: (a, b) => approximateKl({ logProbs: a, oldLogProbs: b }),
  valueLoss: (a, b) => valueLoss({ values: a, returns: b }),
  clippedValueLoss: (a, b, c) =>
    clippedValueLoss({ values: a, oldValues: b, returns: c }, { valueClipEpsilon: 0.2 }),
  sequenceRatio: (a, b, c) => sequenceRatio().loss({ ...ratio(a, b, c), mask: mask() }),
  meanSequenceRatio: (a, b, c) => meanSequenceRatio().loss({ ...ratio(a, b, c), mask: mask() }),
  truncatedRatio: (a, b, c) => truncatedRatio({ largestRatio: 2 }).loss({ ...ratio(a, b, c), mask: mask() }),
  k1: (a, b) => k1Values(tf.sub(a, b)),
  k2: (a, b) => k2Values(tf.sub(a, b)),
  k3: (a, b) => k3Values(tf.sub(a, b)),
  exactKl: (a, b) => exactKl(logSoftmax(logits(a)) as tf.Tensor3D, logSoftmax(logits(b)) as tf.Tensor3D),
  entropy: (a) => entropy(logits(a)),
  selectedLogProbs: (a) => selectedLogProbs(a, ids()),
  tokenLosses: (a) => tokenLosses(a, ids()).loss,
  "tokenLosses, smoothed": (a) => tokenLosses(a, ids(), { labelSmoothing: 0.1 }).loss,
  bradleyTerryLoss: (a, b, c) =>
    bradleyTerryLoss({
      preferredScores: flat(a),
      rejectedScores: flat(b),
      probabilities: flat(tf.sigmoid(c)),
      margins: flat(tf.abs(c)),
    }),
  centeringLoss: (a, b) => centeringLoss(flat(a), flat(b)),
  dpoLoss: (a, b, c, d) => dpoLoss({ labelSmoothing: 0.1 })(pairs(a, b, c, d)).losses,
  ipoLoss: (a, b, c, d) => ipoLoss()(pairs(a, b, c, d)).losses,
  simPoLoss: (a, b, c, d) => simPoLoss()(pairs(a, b, c, d)).losses,
  orpoLoss: (a, b, c, d) => orpoLoss()(pairs(a, b, c, d)).losses,
  ktoLoss: (a, b) =>
    ktoLoss()({
      ...scores(a, b),
      probabilities: tf.tensor1d(Array.from({ length: 12 }, (_, i) => i % 2)),
      klNats: tf.scalar(0.3),
    }).losses,
  squaredLoss: (a, b) => squaredLoss(a, b),
  huberLoss: (a, b) => huberLoss(0.5)(a, b),
  quantileHuber: (a, b) => quantileHuber(a, b),
  expectileLoss: (a, b) => expectileLoss({ predictions: a, targets: b }, { expectile: 0.7 }),
  gae: (a, b, c) =>
    gae(
      {
        rewards: a,
        values: b,
        nextValues: c,
        valid: mask(),
        mask: mask(),
        terminated: tf.zerosLike(a),
        truncated: tf.zerosLike(a),
      },
      { discount: 0.9, gaeLambda: 0.8 },
    ).advantages,
  whiten: (a) => whiten(a, mask()),
  tokenMean: (a) => tf.mul(a, tokenMean(mask())),
};

const number = fc.float({ min: -2, max: 2, noNaN: true });
const matrix = fc.array(number, { minLength: 12, maxLength: 12 });
const compile = createCompile({ onWarning: () => {} });

/** No gradient is asked of these: they count, or estimate targets. */
const constants = ["isClipped", "gae", "whiten"];

it.each(Object.entries(losses))("%s", (name, loss) => {
  const evaluate = (...inputs: tf.Tensor[]): Record<string, tf.Tensor> => {
    const [a, b, c, d] = inputs as [Matrix, Matrix, Matrix, Matrix];
    if (constants.includes(name)) return { value: loss(a, b, c, d) };
    const { value, grads } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) => {
      // Each element counts differently; what a loss does not take gets a gradient of zeros.
      const values = flat(loss(a as Matrix, b as Matrix, c, d));
      const all = tf.sum(tf.mul(values, tf.range(1, values.size + 1)));
      return tf.add(all, tf.mul(tf.sum(tf.add(a, b)), 0)) as tf.Scalar;
    })([a, b]);
    return { value, ...Object.fromEntries(grads.map((gradient, i) => [`gradient ${i}`, gradient])) };
  };
  const compiled = compile(evaluate, { name });
  fc.assert(
    fc.property(matrix, matrix, matrix, matrix, (...numbers) => {
      tf.tidy(() => {
        const inputs = numbers.map((values) => tf.tensor2d(values, [3, 4]));
        const expected = evaluate(...inputs);
        for (const [key, tensor] of Object.entries(compiled(...inputs))) {
          expect(tensor).toBeAllClose(expected[key]!, { rtol: 1e-5, atol: 1e-5 });
        }
      });
    }),
    { numRuns: 8 },
  );
});
