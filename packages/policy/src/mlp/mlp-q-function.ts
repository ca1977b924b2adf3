import {
  type CategoricalQFunction,
  createRandom,
  type DistributionalQFunction,
  type QFunction,
  type QuantileQFunction,
  refuse,
  requireCount,
} from "@accord-rl/core";
import { parametersState, restoreParameters } from "@accord-rl/math";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { onHost } from "./host-mlp.ts";
import { asBatch, checkMlpOptions, type MlpOptions, observationSize } from "./mlp.ts";
import { createDuelingNet, createPlainNet } from "./outcome-net.ts";

/** `activation` is `relu` by default; weights start as PyTorch's do, uniform in ±1/√inputs. */
export interface MlpQFunctionOptions extends MlpOptions {
  /** A: number of discrete actions. */
  readonly actions: number;
  /**
   * Q = V + A − mean A, each with a hidden layer of its own: the last of `hiddenWidths`. Default false.
   * @see Wang et al. 2016, eq. 9. https://arxiv.org/abs/1511.06581
   */
  readonly dueling?: boolean;
}

/** What K outcomes mean: their expectation, of tensors and on the host. */
interface Outcomes {
  readonly count: number;
  /** [..., A, K] → [..., A]. */
  readonly expectations: (distributions: Tensor) => Tensor;
  /** K numbers from `offset`. */
  readonly expectationOnHost: (outcomes: Float64Array, offset: number) => number;
}

const build = (
  where: string,
  options: MlpQFunctionOptions,
  { count, expectations, expectationOnHost }: Outcomes,
): Omit<DistributionalQFunction, "clone"> & { copyInto<Q extends QFunction>(copy: Q): Q } => {
  checkMlpOptions(where, options);
  const { actions, observationShape, hiddenWidths = [64, 64], dueling = false } = options;
  requireCount(where, "actions", actions);
  if (dueling && hiddenWidths.length === 0) {
    refuse(where, "hiddenWidths", "empty", "a width for dueling's streams");
  }
  const inputs = observationSize(observationShape);
  const create = dueling ? createDuelingNet : createPlainNet;
  const net = create([inputs, ...hiddenWidths], [actions, count], options);
  const { parameters } = net;
  const flatten = (observations: Tensor): Tensor2D =>
    tf.reshape(asBatch(`${where}.values`, observations, observationShape), [-1, inputs]);
  const valuesOf = (x: Tensor2D): Tensor2D => expectations(net.apply(x)) as Tensor2D; // [N, A]
  const expected = new Float64Array(actions);
  return {
    actions,
    outcomes: count,
    parameters,
    values: (observations) => tf.tidy(() => valuesOf(flatten(observations))),
    valuesOnHost: onHost({
      mlps: net.mlps,
      inputs,
      outputs: actions,
      forward: (x) => {
        const outcomes = net.onHost(x);
        for (let a = 0; a < actions; a++) expected[a] = expectationOnHost(outcomes, a * count);
        return expected;
      },
      apply: valuesOf,
    }),
    distributions: (observations) => tf.tidy(() => net.apply(flatten(observations))),
    expectations: (distributions) => tf.tidy(() => expectations(distributions)),
    copyInto: (copy) => {
      for (const [name, variable] of Object.entries(parameters)) copy.parameters[name]?.assign(variable);
      return copy;
    },
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: (state) => restoreParameters(parameters, state.tensors, `${where}.restore`),
    dispose: () => tf.dispose(Object.values(parameters)),
  };
};

/** Of a copy, whose values are overwritten. */
const unused = () => ({ random: createRandom(0) });

/** Q(s, ·) for control: a perceptron. */
export const createMlpQFunction = (options: MlpQFunctionOptions): QFunction => {
  const {
    copyInto,
    distributions: _,
    expectations: __,
    outcomes: ___,
    ...q
  } = build("createMlpQFunction", options, {
    count: 1,
    expectations: (values) => tf.squeeze(values, [-1]),
    expectationOnHost: (outcomes, offset) => outcomes[offset]!,
  });
  return { ...q, clone: () => copyInto(createMlpQFunction({ ...options, ...unused() })) };
};

/**
 * K quantiles of the return of each action; Q is their mean.
 * @param options.quantiles  K, default 50 (Dabney et al. 2018 use 200 for Atari).
 */
export const createMlpQuantileFunction = (
  options: MlpQFunctionOptions & { readonly quantiles?: number },
): QuantileQFunction => {
  const { quantiles: count = 50 } = options;
  requireCount("createMlpQuantileFunction", "quantiles", count);
  const { copyInto, ...q } = build("createMlpQuantileFunction", options, {
    count,
    expectations: (quantiles) => tf.mean(quantiles, -1),
    expectationOnHost: (outcomes, offset) => {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += outcomes[offset + k]!;
      return sum / count;
    },
  });
  return {
    ...q,
    kind: "quantiles",
    clone: () => copyInto(createMlpQuantileFunction({ ...options, ...unused() })),
  };
};

/**
 * Probabilities of K returns that lie evenly from `minimum` to `maximum`; Q is their expectation.
 * @param options.categories  K of at least 2, default 51 (Bellemare et al. 2017).
 */
export const createMlpCategoricalFunction = (
  options: MlpQFunctionOptions & {
    readonly minimum: number;
    readonly maximum: number;
    readonly categories?: number;
  },
): CategoricalQFunction => {
  const where = "createMlpCategoricalFunction";
  const { minimum, maximum, categories: count = 51 } = options;
  requireCount(where, "categories", count - 1);
  if (!(Number.isFinite(minimum) && Number.isFinite(maximum) && minimum < maximum)) {
    refuse(where, "minimum", minimum, `a number below maximum, which is ${maximum}`);
  }
  const support = Float32Array.from(
    { length: count },
    (_, i) => minimum + ((maximum - minimum) * i) / (count - 1),
  );
  const { copyInto, ...q } = build(where, options, {
    count,
    expectations: (logits) => tf.sum(tf.mul(tf.softmax(logits), tf.tensor1d(support)), -1),
    expectationOnHost: (outcomes, offset) => {
      const logits = outcomes.subarray(offset, offset + count);
      const largest = logits.reduce((max, logit) => Math.max(max, logit), Number.NEGATIVE_INFINITY);
      let [total, sum] = [0, 0];
      logits.forEach((logit, k) => {
        const power = Math.exp(logit - largest);
        total += power;
        sum += power * support[k]!;
      });
      return sum / total;
    },
  });
  return {
    ...q,
    kind: "categories",
    minimum,
    maximum,
    clone: () => copyInto(createMlpCategoricalFunction({ ...options, ...unused() })),
  };
};
