import { InvalidArgumentError, NonFiniteError, requireCount, type State } from "@accord-rl/core";
import { type Columns, columnsOf, cutRows, parametersState, restoreParameters } from "@accord-rl/math";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import { adam, createGradientLearner, type GradientLearnerParts, sgd } from "./index.ts";

const parts: { dispose(): void }[] = [];
afterEach(() => {
  for (const part of parts.splice(0)) part.dispose();
});

interface Point {
  readonly x: number;
  readonly y: number;
}
type Micro = { readonly columns: Columns<"x" | "y">; readonly total: tf.Scalar };
const points: Point[] = [
  { x: 1, y: 3 },
  { x: 2, y: 5 },
  { x: -1, y: 0 },
];

/** A line through points: L = mean (w·x − y)². */
const build = ({
  size = 9,
  ...changes
}: Partial<GradientLearnerParts<Point[], Micro>> & { size?: number } = {}) => {
  const weight = tf.tidy(() => tf.variable(tf.scalar(1)));
  const parameters = { weight };
  const line = {
    parameters,
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: ({ tensors }: State) => restoreParameters(parameters, tensors, "Line.restore"),
  };
  const learner = createGradientLearner<Point[], Micro>({
    name: "fit",
    model: { line },
    optimizer: sgd({ learningRate: 0.1 }),
    prepare: function* (batch) {
      requireCount("fit", "batch.length", batch.length);
      for (const some of cutRows(batch, size))
        yield { columns: columnsOf(some, ["x", "y"]), total: tf.scalar(batch.length) };
    },
    loss: ({ columns: { x, y }, total }) => {
      const errors = tf.sub(tf.mul(weight, x), y);
      return {
        loss: tf.div(tf.sum(tf.square(errors)), total),
        auxiliary: { error: tf.div<tf.Scalar>(tf.sum(errors), total) },
      };
    },
    ...changes,
  });
  parts.push(weight, learner);
  return { learner, weight };
};

test("by hand: errors −2, −3, −1; gradient 2·(−2·1 − 3·2 + 1)/3", async () => {
  const { learner, weight } = build();
  expect(await learner.update(points)).toEqual({
    loss: expect.closeTo(14 / 3, 5),
    error: -2,
    gradientNorm: expect.closeTo(14 / 3, 5),
    learningRate: expect.closeTo(0.1, 9),
  });
  expect(weight).toBeAllClose(1 + 0.1 * (14 / 3));
});

test("micro-batches and compiling change nothing; nothing is left behind", async () => {
  const plain = build();
  const compile = createCompile();
  const others = [build({ size: 1 }), build({ size: 2 }), build({ compile }), build({ size: 2, compile })];
  // Of two micro-batches, and of one, where they hold two points.
  for (const batch of [points, points.slice(1), points, points.slice(1)]) {
    const stats = await plain.learner.update(batch);
    for (const { learner } of others) {
      const same = await learner.update(batch);
      expect(Object.keys(same)).toEqual(Object.keys(stats));
      expect(Object.values(same)).toBeAllClose(Object.values(stats));
    }
  }
  await expectNoLeak(() => plain.learner.update(points));
});

test("restored into a fresh one it continues bit for bit", async () => {
  const optimizer = adam({ learningRate: 0.1 });
  const [original, resumed] = [build({ optimizer }), build({ optimizer })];
  await original.learner.update(points);
  resumed.learner.restore(structuredClone(await original.learner.state()));
  expect(await resumed.learner.update(points)).toEqual(await original.learner.update(points));
  expect(await resumed.learner.state()).toEqual(await original.learner.state());
});

test.each<[string, (state: State) => State]>([
  ["of another model", ({ json }) => ({ tensors: {}, json })],
  [
    "with a damaged count",
    ({ tensors, json }) => ({ tensors, json: { ...(json as object), fit: { updates: -1 } } }),
  ],
  ["of other parts", () => ({ tensors: {}, json: { policy: null } })],
])("a state %s changes nothing", async (_, damage) => {
  const { learner } = build();
  await learner.update(points);
  const before = await learner.state();
  expect(() => learner.restore(damage(structuredClone(before)))).toThrow(InvalidArgumentError);
  expect(await learner.state()).toEqual(before);
});

test("what can't be learned from, or is not finite, changes nothing", async () => {
  const { learner } = build();
  const [before, tensors] = [await learner.state(), tf.memory().numTensors];
  await expect(learner.update([])).rejects.toThrow("fit: batch.length is 0");
  const error: unknown = await learner.update([{ x: Number.NaN, y: 0 }]).catch((e) => e);
  expect(NonFiniteError.isInstance(error) && error.message).toMatch(/^fit: loss is NaN at step 0/);
  expect(await learner.state()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
});
