import {
  createRandom,
  type DistributionalQFunction,
  InvalidArgumentError,
  type QFunction,
} from "@accord-rl/core";
import { valueAndGradients } from "@accord-rl/math";
import { createCompile, descend, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { tanh } from "./activation.ts";
import {
  createMlpCategoricalFunction,
  createMlpQFunction,
  createMlpQuantileFunction,
  type MlpQFunctionOptions,
} from "./mlp-q-function.ts";

const options = (): MlpQFunctionOptions => ({
  observationShape: [2, 2],
  hiddenWidths: [7, 5],
  actions: 3,
  random: createRandom(1),
});
const states = (count = 6) => Float32Array.from({ length: count * 4 }, (_, i) => Math.sin(1.3 * (i + 1)));
const tensor = (values = states()) => tf.tensor3d(values, [values.length / 4, 2, 2]);

const kinds: [string, (change?: Partial<MlpQFunctionOptions>) => QFunction][] = [
  ["plain", (change) => createMlpQFunction({ ...options(), ...change })],
  ["dueling", (change) => createMlpQFunction({ ...options(), dueling: true, ...change })],
  [
    "dueling on one hidden layer",
    (change) => createMlpQFunction({ ...options(), dueling: true, hiddenWidths: [6], ...change }),
  ],
  ["quantiles", (change) => createMlpQuantileFunction({ ...options(), quantiles: 4, ...change })],
  [
    "dueling quantiles",
    (change) => createMlpQuantileFunction({ ...options(), quantiles: 4, dueling: true, ...change }),
  ],
  [
    "categories",
    (change) =>
      createMlpCategoricalFunction({ ...options(), minimum: -2, maximum: 3, categories: 6, ...change }),
  ],
];

describe.each(kinds)("%s", (_, create) => {
  it("gives the same values with and without tensors, also after an update", () => {
    const q = create();
    const observations = tensor();
    const agree = () =>
      expect(q.valuesOnHost!(states(), 6)).toBeAllClose(tf.reshape(q.values(observations), [18]), {
        atol: 1e-5,
      });
    expect(q.values(observations).shape).toEqual([6, 3]);
    agree();
    const step = createCompile()((x) => {
      const { loss, gradients } = valueAndGradients(
        () => ({ loss: tf.mean(tf.square(q.values(x))) }),
        q.parameters,
      );
      descend(q.parameters, gradients, 0.1);
      return { loss };
    });
    for (let i = 0; i < 3; i++) {
      const before = q.values(observations);
      step(observations);
      expect(tf.max(tf.abs(tf.sub(q.values(observations), before))).dataSync()[0]).toBeGreaterThan(1e-3);
      agree();
    }
  });

  it("uses tensors where there is much to multiply, to the same values", () => {
    const q = create({ hiddenWidths: [300, 300] });
    const one = q.valuesOnHost!(states(1), 1);
    expect(q.valuesOnHost!(states(9), 9).slice(0, 3)).toBeAllClose(one, { atol: 1e-5 });
  });

  it("learns in every parameter", () => {
    const q = create();
    const { gradients } = valueAndGradients(
      () => ({ loss: tf.sum(tf.square(tf.sub(q.values(tensor()), 1))) }),
      q.parameters,
    );
    for (const [name, gradient] of Object.entries(gradients)) {
      expect(tf.max(tf.abs(gradient)).dataSync()[0], name).toBeGreaterThan(0);
    }
  });

  it("copies, saves and restores; leaks nothing", async () => {
    const [q, other] = [create(), create({ random: createRandom(2) })];
    const observations = tensor();
    const copy = q.clone();
    expect(copy.values(observations)).toBeAllClose(q.values(observations), { rtol: 0, atol: 0 });
    Object.values(q.parameters)[0]!.assign(tf.zerosLike(Object.values(q.parameters)[0]!));
    expect(copy.values(observations).dataSync()).not.toEqual(q.values(observations).dataSync());
    other.restore(await q.state());
    expect(other.values(observations)).toBeAllClose(q.values(observations), { rtol: 0, atol: 0 });
    await expectNoLeak(() => q.values(observations));
    await expectNoLeak(() => void q.valuesOnHost!(states(), 6));
    await expectNoLeak(() => q.clone().dispose());
  });

  it.each([{ actions: 0 }, { hiddenWidths: [0] }, { observationShape: [0] }])("refuses %o", (change) => {
    expect(() => create(change)).toThrow(InvalidArgumentError);
  });
});

describe("dueling", () => {
  it("is V + A − mean A", () => {
    const q = createMlpQFunction({ ...options(), observationShape: [1], hiddenWidths: [1], dueling: true });
    const set = (name: string, values: number[]) =>
      q.parameters[name]!.assign(tf.tensor(values, q.parameters[name]!.shape));
    // x = 1 passes both streams' hidden layers as it is: V = 10, A = 1, 2, 6 with the mean 3.
    for (const stream of ["values", "advantages"]) {
      set(`${stream}.layers.0.weight`, [1]);
      set(`${stream}.layers.0.bias`, [0]);
    }
    set("values.layers.1.weight", [10]);
    set("values.layers.1.bias", [0]);
    set("advantages.layers.1.weight", [1, 2, 6]);
    set("advantages.layers.1.bias", [0, 0, 0]);
    expect(q.values(tf.tensor2d([[1]]))).toBeAllClose([[8, 9, 13]]);
    expect(q.valuesOnHost!(Float32Array.of(1), 1)).toBeAllClose([8, 9, 13]);
  });

  it("needs a hidden layer", () => {
    expect(() => createMlpQFunction({ ...options(), hiddenWidths: [], dueling: true })).toThrow("streams");
  });
});

describe("distributions", () => {
  const expectExpectation = (q: DistributionalQFunction, outcomes: number) => {
    const distributions = q.distributions(tensor());
    expect(distributions.shape).toEqual([6, 3, outcomes]);
    expect(q.outcomes).toBe(outcomes);
    expect(q.expectations(distributions)).toBeAllClose(q.values(tensor()));
    return distributions;
  };

  it("have the mean of the quantiles as their value", () => {
    const q = createMlpQuantileFunction({ ...options(), quantiles: 4 });
    const distributions = expectExpectation(q, 4);
    expect(q.values(tensor())).toBeAllClose(tf.mean(distributions, 2));
  });

  it("have Σ p·z as their value", () => {
    const q = createMlpCategoricalFunction({ ...options(), minimum: -1, maximum: 1, categories: 3 });
    const distributions = expectExpectation(q, 3);
    const [low, , high] = tf.unstack(tf.softmax(distributions), 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
    expect(q.values(tensor())).toBeAllClose(tf.sub(high, low), { atol: 1e-5 });
  });

  it.each([
    () => createMlpQuantileFunction({ ...options(), quantiles: 0 }),
    () => createMlpCategoricalFunction({ ...options(), minimum: 0, maximum: 1, categories: 1 }),
    () => createMlpCategoricalFunction({ ...options(), minimum: 1, maximum: 1 }),
    () => createMlpCategoricalFunction({ ...options(), minimum: 0, maximum: Number.NaN }),
  ])("refuse impossible sizes (%#)", (create) => {
    expect(create).toThrow(InvalidArgumentError);
  });
});

it("takes another activation", () => {
  const q = createMlpQFunction({ ...options(), activation: tanh });
  expect(q.valuesOnHost!(states(), 6)).toBeAllClose(tf.reshape(q.values(tensor()), [18]), { atol: 1e-5 });
});
