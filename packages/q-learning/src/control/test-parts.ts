import type {
  CategoricalQFunction,
  ControlObservations,
  QFunction,
  QuantileQFunction,
  Random,
  Rollout,
} from "@accord-rl/core";
import { linear, parametersState, restoreParameters } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { type Replay, uniformReplay } from "./replay.ts";

type Weights = Readonly<Record<string, readonly (number | readonly number[])[]>>;

const createNet = (weights: Weights) => {
  const parameters = Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(values as number[][]))),
    ]),
  );
  const weight = (layer: number) => parameters[`layers.${layer}.weight`] as unknown as tf.Tensor2D;
  const bias = (layer: number) => parameters[`layers.${layer}.bias`] as unknown as tf.Tensor1D;
  return {
    parameters,
    apply: (x: tf.Tensor) =>
      tf.tidy(() => linear(tf.tanh(linear(x, weight(0), bias(0))), weight(1), bias(1)) as tf.Tensor2D),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: ({ tensors }: { readonly tensors: Parameters<typeof restoreParameters>[1] }) =>
      restoreParameters(parameters, tensors, "TestQ.restore"),
    dispose: () => tf.dispose(Object.values(parameters)),
    /** The weights as they are now. */
    weights: (): Weights =>
      Object.fromEntries(
        Object.entries(parameters).map(([name, tensor]) => [name, tensor.arraySync() as number[][]]),
      ),
  };
};

export type TestQ = QFunction & { weights(): Weights };

/** W₂·tanh(W₁·x + b₁) + b₂ with these weights. */
export const createTestQ = (weights: Weights): TestQ => {
  const { apply, ...rest } = createNet(weights);
  return {
    ...rest,
    actions: weights["layers.1.bias"]!.length,
    values: apply,
    clone: () => createTestQ(rest.weights()),
  };
};

const normals = (rows: number, columns: number, random: Random): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));

/** Random weights: 3 numbers in, 4 hidden. */
export const randomWeights = (outputs: number, random: Random): Weights => ({
  "layers.0.weight": normals(4, 3, random),
  "layers.0.bias": normals(1, 4, random)[0]!,
  "layers.1.weight": normals(outputs, 4, random),
  "layers.1.bias": normals(1, outputs, random)[0]!,
});

const createDistributional = (weights: Weights, actions: number) => {
  const { apply, ...rest } = createNet(weights);
  const outcomes = weights["layers.1.bias"]!.length / actions;
  const distributions = (x: tf.Tensor) =>
    tf.tidy(() => tf.reshape(apply(x), [-1, actions, outcomes]) as tf.Tensor3D);
  return { ...rest, actions, outcomes, distributions };
};

export const createTestQuantiles = (weights: Weights, actions = 2): QuantileQFunction => {
  const net = createDistributional(weights, actions);
  const expectations = (x: tf.Tensor) => tf.mean(x, -1);
  return {
    ...net,
    kind: "quantiles",
    expectations,
    values: (x) => tf.tidy(() => expectations(net.distributions(x)) as tf.Tensor2D),
    clone: () => createTestQuantiles(net.weights(), actions),
  };
};

/** Outcomes from −1 to 1. */
export const createTestCategories = (weights: Weights, actions = 2): CategoricalQFunction => {
  const net = createDistributional(weights, actions);
  const expectations = (x: tf.Tensor) =>
    tf.tidy(() => tf.sum(tf.mul(tf.softmax(x), tf.linspace(-1, 1, net.outcomes)), -1));
  return {
    ...net,
    kind: "categories",
    minimum: -1,
    maximum: 1,
    expectations,
    values: (x) => tf.tidy(() => expectations(net.distributions(x)) as tf.Tensor2D),
    clone: () => createTestCategories(net.weights(), actions),
  };
};

export interface TestSteps {
  /** T observations. */
  readonly current: readonly (readonly number[])[];
  readonly next: readonly (readonly number[])[];
  readonly actions: readonly number[];
  readonly rewards: readonly number[];
  readonly terminated: readonly number[];
  readonly truncated: readonly number[];
  readonly valid?: readonly number[];
}

/** A rollout of parallel environments, one for each row of steps. */
export const createTestRollout = (...rows: readonly TestSteps[]): Rollout<ControlObservations> => {
  const column = (read: (steps: TestSteps) => readonly number[], dtype?: "int32") =>
    tf.tensor2d(
      rows.map((steps) => [...read(steps)]),
      undefined,
      dtype,
    );
  const observations = (read: (steps: TestSteps) => TestSteps["current"]) =>
    tf.tensor3d(rows.map((steps) => read(steps).map((observation) => [...observation])));
  const ones = (steps: TestSteps) => steps.actions.map(() => 1);
  return {
    observations: {
      current: observations((steps) => steps.current),
      next: observations((steps) => steps.next),
    },
    actions: column((steps) => steps.actions, "int32"),
    rewards: column((steps) => steps.rewards),
    valid: column((steps) => steps.valid ?? ones(steps)),
    mask: column(ones),
    terminated: column((steps) => steps.terminated),
    truncated: column((steps) => steps.truncated),
    policyVersion: 0,
    extras: {},
  };
};

/** Random steps of one environment; what it sees next is what it sees now, but where it ended. */
export const randomSteps = (count: number, random: Random): TestSteps => {
  const current = normals(count, 3, random);
  const ends = Array.from({ length: count }, () => random.integer(5));
  return {
    current,
    next: current.map((_, t) =>
      ends[t]! < 2 || t + 1 === count ? normals(1, 3, random)[0]! : current[t + 1]!,
    ),
    actions: ends.map(() => random.integer(2)),
    rewards: ends.map(() => random.normal()),
    terminated: ends.map((end) => Number(end === 0)),
    truncated: ends.map((end) => Number(end === 1)),
  };
};

/** A buffer whose minibatches are given. */
export const scriptedReplay = (batches: readonly (readonly number[])[]): Replay => {
  let next = 0;
  return {
    ...uniformReplay({ capacity: 100 }),
    size: 1,
    sample: () => ({ slots: Int32Array.from(batches[next++]!) }),
  };
};
