/** PPO on stable-baselines3's check for any algorithm: IdentityEnv, 1200 steps, learning rate 2e-3, γ .4. */
import { createRandom, disposeRollout } from "@accord-rl/core";
import { createIdentityEnvironment, createStepCollector } from "@accord-rl/environments";
import { adam } from "@accord-rl/learning";
import { createMlpPolicy, createMlpValueFunction } from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import { createPpo } from "@accord-rl/ppo";
import { expect, test } from "vitest";

test("names the state it sees after 1200 steps: at least 90 of 100", async () => {
  const environment = createIdentityEnvironment({ size: 4 });
  const random = createRandom(0);
  const net = { observationShape: environment.observationShape, random: random.fork("weights") };
  const policy = createMlpPolicy({ ...net, actions: environment.actions });
  const values = createMlpValueFunction(net);
  const ppo = createPpo({
    policy,
    values,
    optimizer: adam({ learningRate: 2e-3, maxGradientNorm: 0.5 }),
    random: random.fork("ppo"),
    rows: stepRows,
    options: { discount: 0.4, epochs: 10, minibatches: 2, valueCoefficient: 1, valueClipEpsilon: null },
  });
  const collector = createStepCollector({ actor: ppo.actor, environment, random: random.fork("acting") });
  let reward = 0;
  // 10 × 4 × 30 steps to learn, then one rollout to look at.
  for (let update = 0; update < 11; update++) {
    const { rollout } = await collector.collect(30);
    reward = (await ppo.update(rollout)).reward! / 30;
    disposeRollout(rollout);
  }
  for (const part of [ppo, policy, values]) part.dispose();
  expect(reward).toBeGreaterThan(0.9);
});
