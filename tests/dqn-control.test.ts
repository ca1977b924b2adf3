/** DQN and its kin on stable-baselines3's check for any algorithm: IdentityEnv, 1200 steps, learning rate 2e-3, γ .4. */
import { createRandom, disposeRollout } from "@accord-rl/core";
import { createIdentityEnvironment, createStepCollector, evaluateEpisodes } from "@accord-rl/environments";
import { adam } from "@accord-rl/learning";
import {
  createMlpCategoricalFunction,
  createMlpQFunction,
  createMlpQuantileFunction,
} from "@accord-rl/policy";
import {
  categoricalLoss,
  createDqn,
  type DqnParts,
  epsilonGreedy,
  hardTarget,
  huberLoss,
  polyak,
  prioritizedReplay,
  quantileLoss,
  tdLoss,
} from "@accord-rl/q-learning";
import { createCompile } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const learn = async (
  create: (parts: Omit<DqnParts<never>, "q" | "loss">) => ReturnType<typeof createDqn>,
) => {
  const environment = createIdentityEnvironment({ size: 4 });
  const random = createRandom(0);
  const dqn = create({
    optimizer: adam({ learningRate: 2e-3, maxGradientNorm: 10 }),
    random: random.fork("dqn"),
    exploration: epsilonGreedy({ epsilon: 0.1 }),
    target: hardTarget({ every: 50 }),
    compile: createCompile(),
    options: { discount: 0.4, gradientSteps: 30, batchSize: 32, learningStarts: 100 },
  });
  const collector = createStepCollector({ actor: dqn.actor, environment, random: random.fork("acting") });
  for (let steps = 0; steps < 1200; steps += 40) {
    const { rollout } = await collector.collect(10);
    await dqn.update(rollout);
    disposeRollout(rollout);
  }
  const played = await evaluateEpisodes({
    actor: dqn.greedy,
    environment: createIdentityEnvironment({ size: 4 }),
    episodes: 20,
    random: random.fork("evaluation"),
  });
  dqn.dispose();
  return played.reduce((sum, { reward }) => sum + reward, 0) / played.length;
};

const net = { observationShape: [4], actions: 4, hiddenWidths: [32] };
const random = () => createRandom(5);

const variants: Record<string, Parameters<typeof learn>[0]> = {
  plain: (parts) => createDqn({ ...parts, q: createMlpQFunction({ ...net, random: random() }) }),
  "double, dueling, n-step, with priorities": (parts) =>
    createDqn({
      ...parts,
      q: createMlpQFunction({ ...net, dueling: true, random: random() }),
      replay: prioritizedReplay({ capacity: 1000 }),
      target: polyak({ tau: 0.02 }),
      options: { ...parts.options, double: true, steps: 2 },
    }),
  quantiles: (parts) =>
    createDqn({
      ...parts,
      q: createMlpQuantileFunction({ ...net, quantiles: 8, random: random() }),
      loss: quantileLoss(),
    }),
  categories: (parts) =>
    createDqn({
      ...parts,
      q: createMlpCategoricalFunction({ ...net, minimum: 0, maximum: 2, categories: 11, random: random() }),
      loss: categoricalLoss(),
    }),
};

test.each(Object.entries(variants))("%s: names the state it sees, at least 90 of 100", async (_, create) => {
  expect(await learn(create)).toBeGreaterThanOrEqual(90);
});

test("with the sign of the loss flipped it does not", async () => {
  const flipped = tdLoss((predictions, targets) => tf.neg(huberLoss()(predictions, targets)));
  const q = createMlpQFunction({ ...net, random: random() });
  expect(await learn((parts) => createDqn({ ...parts, q, loss: flipped }))).toBeLessThan(50);
});
