import { createA2c } from "@accord-rl/a2c";
import { rmsProp } from "@accord-rl/learning";
import { createMlpPolicy, createMlpValueFunction } from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import type { ControlAlgorithm } from "./control-algorithm.ts";

/** rl-baselines3-zoo, hyperparams/a2c.yml; the rest are stable-baselines3's defaults. */
const numbers = { cartpole: { environments: 8 }, acrobot: { environments: 16 } } as const;

export const a2c: ControlAlgorithm = ({
  task,
  environment,
  observationShape,
  actions,
  random,
  compile,
  steps = 500_000,
}) => {
  const { environments } = numbers[task];
  const net = { observationShape, random: random.fork("weights") };
  const policy = createMlpPolicy({ ...net, actions });
  return {
    algorithm: createA2c({
      policy,
      values: createMlpValueFunction(net),
      optimizer: rmsProp({ learningRate: 7e-4, epsilon: 1e-5, maxGradientNorm: 0.5 }),
      rows: stepRows,
      compile,
      options: { discount: 0.99, gaeLambda: 1, valueCoefficient: 1, whitening: null },
    }),
    environment: environment(environments),
    rolloutSteps: 5,
    steps,
    evaluated: policy.greedy,
  };
};
