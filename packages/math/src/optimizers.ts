import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  type CommonOptimizerOptions,
  checkOptions,
  createOptimizer,
  type OptimizerFactory,
  type UpdateRule,
} from "./optimizer.ts";

export interface AdamOptions extends CommonOptimizerOptions {
  /** β₁. Default 0.9 (Kingma & Ba 2015). */
  readonly beta1?: number;
  /** β₂. Default 0.999 (Kingma & Ba 2015). */
  readonly beta2?: number;
  /** ε, added to √v̂ after the bias correction, as in PyTorch. Default 1e-8 (Kingma & Ba 2015). */
  readonly epsilon?: number;
  /** λ. `adam` adds λ·θ to the gradient; `adamW` takes α·λ·θ off the parameter. Default: 0 for adam, 0.01 for adamW. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly decays?: (name: string) => boolean;
}

/** An exponential moving average, scaled by 1/(1 − rate): one op fewer than the average itself. */
const accumulate = (sum: Variable, rate: number, x: Tensor): Tensor => {
  sum.assign(tf.add(tf.mul(sum, rate), x));
  return sum;
};

/**
 * θ ← θ − α·m̂/(√v̂ + ε), written with M = m/(1 − β₁) and V = v/(1 − β₂): θ − size·M/(√V + ε/root).
 */
const adamRule = (
  name: string,
  options: Required<Pick<AdamOptions, "beta1" | "beta2" | "epsilon" | "weightDecay" | "decays">>,
  isDecoupled: boolean,
): UpdateRule => {
  const { beta1, beta2, epsilon, weightDecay, decays } = options;
  return {
    name,
    slots: { firstMoment: 0, secondMoment: 0 },
    update: (step, learningRate) => {
      const root = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      const size = (learningRate * (1 - beta1)) / ((1 - beta1 ** step) * root);
      const kept = 1 - learningRate * weightDecay;
      return (parameter, lossGradient, { firstMoment, secondMoment }, parameterName) => {
        const isDecayed = weightDecay !== 0 && decays(parameterName);
        const gradient =
          isDecayed && !isDecoupled ? tf.add(lossGradient, tf.mul(parameter, weightDecay)) : lossGradient;
        const m = accumulate(firstMoment!, beta1, gradient);
        const v = accumulate(secondMoment!, beta2, tf.square(gradient));
        const change = tf.div(tf.mul(m, size), tf.add(tf.sqrt(v), epsilon / root));
        return tf.sub(isDecayed && isDecoupled ? tf.mul(parameter, kept) : parameter, change);
      };
    },
  };
};

/**
 * Adam.
 *
 *   m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ − α·m̂/(√v̂ + ε)
 *
 * @see Kingma & Ba 2015, algorithm 1. https://arxiv.org/abs/1412.6980
 */
export const adam = (options: AdamOptions): OptimizerFactory => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decays = () => true } = options;
  checkOptions("adam", { ...options }, ["beta1", "beta2"]);
  return createOptimizer(adamRule("adam", { beta1, beta2, epsilon, weightDecay, decays }, false), options);
};

/**
 * Adam with decoupled weight decay: θ shrinks by α·λ·θ, apart from the gradient.
 *
 * @see Loshchilov & Hutter 2019, algorithm 2. https://arxiv.org/abs/1711.05101
 */
export const adamW = (options: AdamOptions): OptimizerFactory => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, decays = () => true } = options;
  checkOptions("adamW", { ...options }, ["beta1", "beta2"]);
  return createOptimizer(adamRule("adamW", { beta1, beta2, epsilon, weightDecay, decays }, true), options);
};

export interface SgdOptions extends CommonOptimizerOptions {
  /** μ. Default 0. */
  readonly momentum?: number;
}

/** Stochastic gradient descent: b ← μ·b + g, θ ← θ − α·b (PyTorch's form, without dampening). */
export const sgd = (options: SgdOptions): OptimizerFactory => {
  const { momentum = 0 } = options;
  checkOptions("sgd", { ...options }, ["momentum"]);
  return createOptimizer(
    {
      name: "sgd",
      slots: momentum === 0 ? {} : { velocity: 0 },
      update:
        (_step, learningRate) =>
        (parameter, gradient, { velocity }) =>
          tf.sub(
            parameter,
            tf.mul(
              velocity === undefined ? gradient : accumulate(velocity, momentum, gradient),
              learningRate,
            ),
          ),
    },
    options,
  );
};

export interface RmsPropOptions extends CommonOptimizerOptions {
  /** ρ: how much of the mean square is kept. Default 0.99 (PyTorch; TensorFlow's is 0.9). */
  readonly decay?: number;
  /** ε. Default 1e-8 (PyTorch). stable-baselines3's A2C uses 1e-5. */
  readonly epsilon?: number;
  /**
   * "outside": √v + ε, v from 0 (PyTorch). "inside": √(v + ε), v from 1 (TensorFlow 1), which OpenAI's A2C was tuned
   * with. Default "outside".
   */
  readonly epsilonPlacement?: "outside" | "inside";
}

/**
 * RMSProp: v ← ρv + (1 − ρ)g², θ ← θ − α·g/(√v + ε).
 *
 * @see Hinton, Srivastava & Swersky 2012, lecture 6e. https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 */
export const rmsProp = (options: RmsPropOptions): OptimizerFactory => {
  const { decay = 0.99, epsilon = 1e-8, epsilonPlacement = "outside" } = options;
  checkOptions("rmsProp", { ...options }, ["decay"]);
  const isInside = epsilonPlacement === "inside";
  return createOptimizer(
    {
      name: "rmsProp",
      slots: { meanSquare: isInside ? 1 : 0 },
      update:
        (_step, learningRate) =>
        (parameter, gradient, { meanSquare }) => {
          const v = tf.add(tf.mul(meanSquare!, decay), tf.mul(tf.square(gradient), 1 - decay));
          meanSquare!.assign(v);
          const root = isInside ? tf.sqrt(tf.add(v, epsilon)) : tf.add(tf.sqrt(v), epsilon);
          return tf.sub(parameter, tf.div(tf.mul(gradient, learningRate), root));
        },
    },
    options,
  );
};
