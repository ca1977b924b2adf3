import {
  type Compile,
  createRandom,
  InvalidArgumentError,
  NonFiniteError,
  type PreferenceBatch,
  type RatingBatch,
  type State,
  type TensorData,
  type TensorFunction,
} from "@accord-rl/core";
import { adam, type OptimizerFactory, sgd } from "@accord-rl/learning";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import golden from "./__fixtures__/training.json" with { type: "json" };
import { createPairwiseTrainer } from "./pairwise-trainer.ts";
import { lastToken, meanPool } from "./pooling.ts";
import { createRegressionTrainer, ratingScale } from "./regression-trainer.ts";
import { createRewardModel } from "./reward-model.ts";
import { createTestBackbone } from "./test-backbone.ts";

const { inputs, outputs, gradients } = golden;
const poolings = { lastToken, meanPool };
const pairs = inputs.pairs as PreferenceBatch;
const ratings = inputs.ratings as RatingBatch;

const toTensor = (value: number | number[] | number[][]): TensorData => {
  const tensor = tf.tensor(value);
  const { shape } = tensor;
  const data = tensor.dataSync() as Float32Array;
  tensor.dispose();
  return { dtype: "float32", shape, data: data.slice() };
};

/** The model of the golden: 7 tokens, width 4. */
const createModel = (pooling = lastToken, trainable: "all" | "head" = "all") => {
  const random = createRandom(1);
  const model = createRewardModel({ backbone: createTestBackbone(7, 4, random), pooling, random, trainable });
  const tensors = Object.fromEntries(
    Object.entries(inputs.parameters).map(([name, value]) => [name, toTensor(value)]),
  );
  model.restore({ tensors, json: { backbone: null } });
  return model;
};

/** θ ← θ − g: what the parameters moved by is the gradient. */
const plainDescent: OptimizerFactory = sgd({ learningRate: 1 });

const gradientOf = async (
  model: ReturnType<typeof createModel>,
  step: () => Promise<unknown>,
): Promise<Record<string, number[]>> => {
  const before = (await model.state()).tensors;
  await step();
  const after = (await model.state()).tensors;
  return Object.fromEntries(
    Object.entries(before).map(([name, { data }]) => [
      name,
      Array.from(data, (value, i) => value - (after[name] as TensorData).data[i]!),
    ]),
  );
};

const expectGradients = (
  actual: Record<string, number[]>,
  expected: Record<string, number | number[] | number[][]>,
) => {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) {
    // Differences of float32 parameters of size 2: 2⁻²³ each.
    expect(actual[name]).toBeAllClose([value].flat(2), { rtol: 1e-4, atol: 1e-6 });
  }
};

describe.each(["lastToken", "meanPool"] as const)("agrees with PyTorch: %s", (pooling) => {
  it("scores", async () => {
    const model = createModel(poolings[pooling]);
    expect(await model.score(pairs.map(({ preferred }) => preferred))).toBeAllClose(outputs[pooling].scores);
  });

  it("pairwise loss and gradients, whatever the micro-batches", async () => {
    for (const microBatchSize of [1, 3, 4]) {
      const model = createModel(poolings[pooling]);
      const options = { optimizer: plainDescent, centering: inputs.centering, microBatchSize };
      const trainer = createPairwiseTrainer(model, options);
      const moved = await gradientOf(model, async () => {
        expect((await trainer.update(pairs)).loss).toBeAllClose(outputs[pooling].pairwise);
      });
      expectGradients(moved, gradients[pooling].pairwise);
    }
  });

  it("regression loss and gradients, whatever the micro-batches", async () => {
    for (const microBatchSize of [1, 2, 3]) {
      const model = createModel(poolings[pooling]);
      const options = { optimizer: plainDescent, scale: inputs.scale, microBatchSize };
      const trainer = createRegressionTrainer(model, options);
      const moved = await gradientOf(model, async () => {
        expect((await trainer.update(ratings)).loss).toBeAllClose(outputs[pooling].regression);
      });
      expectGradients(moved, gradients[pooling].regression);
    }
  });
});

describe("a trainer", () => {
  it("reports what it did", async () => {
    const model = createModel();
    const trainer = createPairwiseTrainer(model, { optimizer: adam({ learningRate: 1e-3 }) });
    const batch: PreferenceBatch = [
      { preferred: [1], rejected: [2] },
      { preferred: [2], rejected: [1] },
      { preferred: [3], rejected: [4], probability: 0.5 },
    ];
    const [one = 0, two = 0, three = 0, four = 0] = await model.score([[1], [2], [3], [4]]);
    const stats = await trainer.update(batch);
    expect(stats.accuracy).toBeCloseTo(0.5, 6); // one of the two decided pairs
    expect(stats.scoreGap).toBeCloseTo((three - four) / 3, 5);
    expect(stats.scoreMean).toBeCloseTo((2 * one + 2 * two + three + four) / 6, 5);
    expect(stats.loss).toBe(stats.preferenceLoss);
    expect(stats.learningRate).toBe(1e-3);
  });

  it("hands its step to compile: everything that changes is a tensor", async () => {
    let calls = 0;
    const compile = ((fn: TensorFunction) =>
      (...tensors: tf.Tensor[]) => {
        calls += 1;
        for (const tensor of tensors) expect(tensor).toBeInstanceOf(tf.Tensor);
        return fn(...tensors);
      }) as Compile;
    const model = createModel();
    const options = { optimizer: plainDescent, centering: inputs.centering, microBatchSize: 2, compile };
    const trainer = createPairwiseTrainer(model, options);
    const moved = await gradientOf(model, async () => {
      expect((await trainer.update(pairs)).loss).toBeAllClose(outputs.lastToken.pairwise);
    });
    expectGradients(moved, gradients.lastToken.pairwise);
    const microBatches = 2;
    expect(calls).toBe(microBatches + 1);
  });

  it("with a frozen backbone moves the head alone", async () => {
    const model = createModel(lastToken, "head");
    const trainer = createPairwiseTrainer(model, { optimizer: plainDescent, centering: inputs.centering });
    const moved = await gradientOf(model, () => trainer.update(pairs));
    expect(Object.keys(model.parameters)).toEqual(["head.weight", "head.gain", "head.bias"]);
    expect(moved["backbone.embedding"]?.every((value) => value === 0)).toBe(true);
    expect(moved["head.weight"]).toBeAllClose(gradients.lastToken.pairwise["head.weight"].flat(), {
      rtol: 1e-4,
    });
  });

  it("goes on bit for bit where it stopped", async () => {
    const options = { optimizer: adam({ learningRate: 0.05 }) };
    const start = () => createPairwiseTrainer(createModel(), options);
    const [straight, first, second] = [start(), start(), start()];
    for (let step = 0; step < 6; step++) await straight.update(pairs);
    for (let step = 0; step < 3; step++) await first.update(pairs);
    second.restore(await first.state());
    for (let step = 0; step < 3; step++) await second.update(pairs);
    expect(await second.state()).toEqual(await straight.state());
  });

  it("refuses another learner's state, and changes nothing", async () => {
    const trainer = createPairwiseTrainer(createModel(), { optimizer: adam({ learningRate: 0.05 }) });
    const regression = createRegressionTrainer(createModel(), { optimizer: adam({ learningRate: 0.05 }) });
    const other = createPairwiseTrainer(createModel(meanPool), { optimizer: sgd({ learningRate: 0.1 }) });
    await other.update(pairs);
    const before = await trainer.state();
    const rejected: State[] = [await regression.state(), await other.state(), { tensors: {}, json: null }];
    for (const state of rejected) expect(() => trainer.restore(state)).toThrow(InvalidArgumentError);
    expect(await trainer.state()).toEqual(before);
  });

  it("refuses a state with a wrong optimizer, and leaves a frozen backbone as it was", async () => {
    const [trainer, other] = [createModel(lastToken, "head"), createModel(lastToken, "head")].map((model) =>
      createPairwiseTrainer(model, { optimizer: adam({ learningRate: 0.05 }) }),
    ) as [ReturnType<typeof createPairwiseTrainer>, ReturnType<typeof createPairwiseTrainer>];
    const before = await trainer.state();
    const { tensors, json } = await other.state();
    const moved = toTensor(
      (inputs.parameters["backbone.embedding"] as number[][]).map((row) => row.map((x) => x + 1)),
    );
    const damaged = { ...(json as object), optimizer: null };
    expect(() =>
      trainer.restore({ tensors: { ...tensors, "model/backbone.embedding": moved }, json: damaged }),
    ).toThrow(InvalidArgumentError);
    expect(await trainer.state()).toEqual(before);
  });

  it("leaks nothing", async () => {
    const model = createModel();
    const pairwise = createPairwiseTrainer(model, {
      optimizer: adam({ learningRate: 0.01 }),
      centering: 0.1,
    });
    const regression = createRegressionTrainer(model, { optimizer: adam({ learningRate: 0.01 }) });
    await expectNoLeak(() => pairwise.update(pairs));
    await expectNoLeak(() => regression.update(ratings));
    await expectNoLeak(() => model.score([[1], [2, 3]], { batchSize: 1 }));
    await expectNoLeak(async () => pairwise.restore(await pairwise.state()));
  });

  it("names what is wrong with a batch or an option", async () => {
    const model = createModel();
    const trainer = createPairwiseTrainer(model, { optimizer: plainDescent });
    const pair = { preferred: [1], rejected: [2] };
    const cases: [PreferenceBatch, string][] = [
      [[], "0 examples of total weight 0"],
      [[{ ...pair, weight: 0 }], "1 examples of total weight 0"],
      [[{ ...pair, weight: -1 }], "batch[0].weight is -1, expected a finite number of at least 0"],
      [[{ ...pair, probability: 1.5 }], "batch[0].probability is 1.5"],
      [[{ ...pair, margin: Number.NaN }], "batch[0].margin is NaN"],
      [[pair, { ...pair, rejected: [] }], "text 3 has 0 tokens, expected 1 to 8"],
      [[{ ...pair, preferred: [1, 2, 3, 4, 5, 6, 0, 1, 2] }], "text 0 has 9 tokens, expected 1 to 8"],
    ];
    const before = await model.state();
    for (const [batch, message] of cases) await expect(trainer.update(batch)).rejects.toThrow(message);
    expect(await model.state()).toEqual(before);
    expect(() => createPairwiseTrainer(model, { optimizer: plainDescent, centering: -1 })).toThrow(
      "centering",
    );
    expect(() => createPairwiseTrainer(model, { optimizer: plainDescent, microBatchSize: 0 })).toThrow(
      "microBatchSize is 0, expected a finite number of at least 1",
    );
    expect(() => ratingScale([2, 2])).toThrow(InvalidArgumentError);
  });

  it("stops at a loss that is no number, before it spreads", async () => {
    const model = createModel();
    const trainer = createRegressionTrainer(model, { optimizer: plainDescent });
    const before = await model.state();
    await expect(trainer.update([{ tokens: [1], rating: 1e30 }])).rejects.toThrow(NonFiniteError);
    expect(await model.state()).toEqual(before);
  });
});
