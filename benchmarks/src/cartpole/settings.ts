import { mlpUpdateWork, observationWidth } from "../mlp-work.ts";
import type { Work } from "../roofline.ts";
import { scaleWork, sumWork } from "../roofline.ts";

/**
 * What rl-baselines3-zoo gives CartPole-v1, for both sides, but that PPO's clip range stays where the zoo's begins.
 * `slice`: environment steps of one timed iteration.
 */
export const settings = {
  ppo: {
    slice: 20_480,
    environments: 8,
    rolloutSteps: 32,
    minibatch: 256,
    epochs: 20,
    gaeLambda: 0.8,
    discount: 0.98,
    learningRate: 1e-3,
    epsilon: 1e-5,
    clipEpsilon: 0.2,
    maxGradientNorm: 0.5,
    hiddenWidths: [64, 64],
  },
  a2c: {
    slice: 48_000,
    environments: 8,
    rolloutSteps: 5,
    discount: 0.99,
    learningRate: 7e-4,
    decay: 0.99,
    epsilon: 1e-5,
    maxGradientNorm: 0.5,
    hiddenWidths: [64, 64],
  },
  dqn: {
    slice: 10_240,
    environments: 1,
    rolloutSteps: 256,
    gradientSteps: 128,
    minibatch: 64,
    discount: 0.99,
    learningRate: 2.3e-3,
    epsilon: 1e-8,
    maxGradientNorm: 10,
    bufferSize: 100_000,
    learningStarts: 1000,
    finalExploration: 0.04,
    hiddenWidths: [256, 256],
  },
} as const;

export type AlgorithmName = keyof typeof settings;

/** Of 1000 environment steps: the updates; acting is a few percent of them. */
export const learningWork = (name: AlgorithmName): Work => {
  const { environments, rolloutSteps, hiddenWidths } = settings[name];
  const perThousand = 1000 / (environments * rolloutSteps);
  const net = (outputs: number, batch: number, moments: number) =>
    mlpUpdateWork([observationWidth, ...hiddenWidths, outputs], batch, { moments });
  if (name === "dqn")
    return scaleWork(net(2, settings.dqn.minibatch, 2), perThousand * settings.dqn.gradientSteps);
  const batch = name === "ppo" ? settings.ppo.minibatch : environments * rolloutSteps;
  const moments = name === "ppo" ? 2 : 1;
  const passes = name === "ppo" ? settings.ppo.epochs * ((environments * rolloutSteps) / batch) : 1;
  return scaleWork(sumWork(net(2, batch, moments), net(1, batch, moments)), perThousand * passes);
};
