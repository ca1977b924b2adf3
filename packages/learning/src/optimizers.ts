import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkOptimizerOptions } from "./check-optimizer-options.ts";
import { createOptimizer } from "./create-optimizer.ts";
import type { CommonOptimizerOptions, OptimizerFactory } from "./optimizer.ts";
import { chain, type UpdateRule } from "./update-rule.ts";

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

/** sum ← rate·sum + x: a moving average scaled by 1/(1 − rate), which takes one op fewer than the average. */
const accumulate = (sum: Tensor, rate: Tensor, x: Tensor): Tensor => tf.add(tf.mul(sum, rate), x);

type AdamConstants = Required<Pick<AdamOptions, "beta1" | "beta2" | "epsilon">>;

/**
 * α·m̂/(√v̂ + ε), written with M = m/(1 − β₁) and V = v/(1 − β₂): size·M/(√V + ε/root).
 */
const adamRule = ({ beta1, beta2, epsilon }: AdamConstants): UpdateRule => ({
  name: "adam",
  slots: { firstMoment: 0, secondMoment: 0 },
  coefficients: (step, learningRate) => {
    const root = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
    return {
      beta1,
      beta2,
      epsilon: epsilon / root,
      size: (learningRate * (1 - beta1)) / ((1 - beta1 ** step) * root),
    };
  },
  update: ({ gradient, slots, coefficients: c }) => {
    const m = accumulate(slots.firstMoment!, c.beta1!, gradient);
    const v = accumulate(slots.secondMoment!, c.beta2!, tf.square(gradient));
    const change = tf.div(tf.mul(m, c.size!), tf.add(tf.sqrt(v), c.epsilon!));
    return { change, slots: { firstMoment: m, secondMoment: v } };
  },
});

type DecayConstants = Required<Pick<AdamOptions, "weightDecay" | "decays">>;

/** g + rate·θ for the parameters that decay. */
const decayRule = (
  { weightDecay, decays }: DecayConstants,
  rateOf: (learningRate: number) => number,
): UpdateRule => ({
  name: "weightDecay",
  kind: (parameterName) => (decays(parameterName) ? "decayed" : "kept"),
  coefficients: (_step, learningRate) => ({ rate: rateOf(learningRate) }),
  update: ({ name, parameter, gradient, coefficients: { rate } }) => ({
    change: weightDecay !== 0 && decays(name) ? tf.add(gradient, tf.mul(parameter, rate!)) : gradient,
  }),
});

/**
 * Adam.
 *
 *   m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ − α·m̂/(√v̂ + ε)
 *
 * @see Kingma & Ba 2015, algorithm 1. https://arxiv.org/abs/1412.6980
 */
export const adam = (options: AdamOptions): OptimizerFactory => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decays = () => true } = options;
  checkOptimizerOptions("adam", { ...options }, ["beta1", "beta2"]);
  const decay = decayRule({ weightDecay, decays }, () => weightDecay);
  const rule = adamRule({ beta1, beta2, epsilon });
  return createOptimizer(weightDecay === 0 ? rule : { ...chain(decay, rule), name: "adam" }, options);
};

/**
 * Adam with decoupled weight decay: θ shrinks by α·λ·θ, apart from the gradient.
 *
 * @see Loshchilov & Hutter 2019, algorithm 2. https://arxiv.org/abs/1711.05101
 */
export const adamW = (options: AdamOptions): OptimizerFactory => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, decays = () => true } = options;
  checkOptimizerOptions("adamW", { ...options }, ["beta1", "beta2"]);
  const rule = adamRule({ beta1, beta2, epsilon });
  const decay = decayRule({ weightDecay, decays }, (learningRate) => learningRate * weightDecay);
  return createOptimizer({ ...(weightDecay === 0 ? rule : chain(rule, decay)), name: "adamW" }, options);
};

export interface SgdOptions extends CommonOptimizerOptions {
  /** μ. Default 0. */
  readonly momentum?: number;
}

/** Stochastic gradient descent: b ← μ·b + g, θ ← θ − α·b (PyTorch's form, without dampening). */
export const sgd = (options: SgdOptions): OptimizerFactory => {
  const { momentum = 0 } = options;
  checkOptimizerOptions("sgd", { ...options }, ["momentum"]);
  return createOptimizer(
    {
      name: "sgd",
      slots: momentum === 0 ? {} : { velocity: 0 },
      coefficients: (_step, learningRate) => ({ learningRate, momentum }),
      update: ({ gradient, slots: { velocity }, coefficients: c }) => {
        const moved = velocity && accumulate(velocity, c.momentum!, gradient);
        const change = tf.mul(moved ?? gradient, c.learningRate!);
        return { change, slots: moved ? { velocity: moved } : {} };
      },
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
  checkOptimizerOptions("rmsProp", { ...options }, ["decay"]);
  const isInside = epsilonPlacement === "inside";
  return createOptimizer(
    {
      name: "rmsProp",
      slots: { meanSquare: isInside ? 1 : 0 },
      coefficients: (_step, learningRate) => ({ learningRate, decay, taken: 1 - decay, epsilon }),
      update: ({ gradient, slots, coefficients: c }) => {
        const v = accumulate(slots.meanSquare!, c.decay!, tf.mul(tf.square(gradient), c.taken!));
        const root = isInside ? tf.sqrt(tf.add(v, c.epsilon!)) : tf.add(tf.sqrt(v), c.epsilon!);
        const change = tf.div(tf.mul(gradient, c.learningRate!), root);
        return { change, slots: { meanSquare: v } };
      },
    },
    options,
  );
};
