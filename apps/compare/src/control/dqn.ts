import { adam, linearSchedule } from "@accord-rl/learning";
import { createMlpQFunction } from "@accord-rl/policy";
import { createDqn, epsilonGreedy, hardTarget, uniformReplay } from "@accord-rl/q-learning";
import type { ControlAlgorithm } from "./control-algorithm.ts";

/**
 * rl-baselines3-zoo, hyperparams/dqn.yml. Its CartPole copies the target network every 10 environment steps, of which 256
 * lie between two updates: once per update, that is. Its Acrobot takes as many gradient steps as environment steps.
 */
const numbers = {
  cartpole: {
    steps: 50_000,
    learningRate: 2.3e-3,
    capacity: 100_000,
    rolloutSteps: 256,
    targetEvery: 128,
    exploring: { share: 0.16, to: 0.04 },
    options: { batchSize: 64, learningStarts: 1000, gradientSteps: 128 },
  },
  acrobot: {
    steps: 100_000,
    learningRate: 6.3e-4,
    capacity: 50_000,
    rolloutSteps: 4,
    targetEvery: 250,
    exploring: { share: 0.12, to: 0.1 },
    options: { batchSize: 128, learningStarts: 0, gradientSteps: 4 },
  },
} as const;

export const dqn: ControlAlgorithm = ({
  task,
  environment,
  observationShape,
  actions,
  random,
  compile,
  ...setting
}) => {
  const { learningRate, capacity, rolloutSteps, targetEvery, exploring, options, ...usual } = numbers[task];
  const { steps = usual.steps } = setting;
  const epsilon = linearSchedule({ from: 1, to: exploring.to, steps: exploring.share * steps });
  const algorithm = createDqn({
    q: createMlpQFunction({
      observationShape,
      actions,
      hiddenWidths: [256, 256],
      random: random.fork("weights"),
    }),
    optimizer: adam({ learningRate, maxGradientNorm: 10 }),
    random: random.fork("minibatches"),
    exploration: epsilonGreedy({ epsilon }),
    replay: uniformReplay({ capacity }),
    target: hardTarget({ every: targetEvery }),
    compile,
    options,
  });
  return { algorithm, environment: environment(1), rolloutSteps, steps, evaluated: algorithm.greedy };
};
