import { adam, linearSchedule } from "@accord-rl/learning";
import { createMlpPolicy, createMlpValueFunction } from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import { createPpo } from "@accord-rl/ppo";
import type { ControlAlgorithm } from "./control-algorithm.ts";

/** rl-baselines3-zoo, hyperparams/ppo.yml. */
const numbers = {
  cartpole: { environments: 8, rolloutSteps: 32, epochs: 20, minibatch: 256, gaeLambda: 0.8, discount: 0.98 },
  acrobot: { environments: 16, rolloutSteps: 256, epochs: 4, minibatch: 64, gaeLambda: 0.94, discount: 0.99 },
} as const;

export const ppo: ControlAlgorithm = ({
  task,
  environment,
  observationShape,
  actions,
  random,
  compile,
  ...setting
}) => {
  const { environments, rolloutSteps, epochs, minibatch, ...returns } = numbers[task];
  const { steps = task === "cartpole" ? 100_000 : 1_000_000 } = setting;
  const net = { observationShape, random: random.fork("weights") };
  const minibatches = (environments * rolloutSteps) / minibatch;
  const iterations = Math.ceil(steps / (environments * rolloutSteps));
  const optimizerSteps = iterations * epochs * minibatches;
  const policy = createMlpPolicy({ ...net, actions });
  return {
    algorithm: createPpo({
      policy,
      values: createMlpValueFunction(net),
      optimizer: adam({
        learningRate:
          task === "cartpole" ? linearSchedule({ from: 1e-3, to: 0, steps: optimizerSteps }) : 3e-4,
        epsilon: 1e-5,
        maxGradientNorm: 0.5,
      }),
      random: random.fork("minibatches"),
      rows: stepRows,
      compile,
      options: {
        ...returns,
        epochs,
        minibatches,
        valueCoefficient: 1,
        clipEpsilon: task === "cartpole" ? linearSchedule({ from: 0.2, to: 0, steps: iterations }) : 0.2,
        valueClipEpsilon: null,
        whitening: { scope: "minibatch" },
      },
    }),
    environment: environment(environments),
    rolloutSteps,
    steps,
    evaluated: policy.greedy,
  };
};
