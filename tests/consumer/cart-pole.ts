// A user's program, run outside the monorepo against the packed packages: PPO and DQN on CartPole, some updates each.
// Prints one line of JSON: steps per episode of the last updates.
import { startBackend } from "@accord-rl/backend";
import { createRandom, disposeRollout } from "@accord-rl/core";
import { createCartPole, createStepCollector } from "@accord-rl/environments";
import { adam } from "@accord-rl/learning";
import { createMlpPolicy, createMlpQFunction, createMlpValueFunction } from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import { createPpo } from "@accord-rl/ppo";
import { createDqn, epsilonGreedy, hardTarget, uniformReplay } from "@accord-rl/q-learning";

await startBackend({ backend: "wasm" });
const random = createRandom(1);
const net = { observationShape: [4], hiddenWidths: [16], random: random.fork("weights") };

const policy = createMlpPolicy({ ...net, actions: 2 });
const ppo = createPpo({
  policy,
  values: createMlpValueFunction(net),
  random: random.fork("ppo"),
  optimizer: adam({ learningRate: 3e-3 }),
  rows: stepRows,
  options: { discount: 0.99 },
});
const dqn = createDqn({
  q: createMlpQFunction({ ...net, actions: 2 }),
  optimizer: adam({ learningRate: 3e-3 }),
  exploration: epsilonGreedy({ epsilon: 0.1 }),
  replay: uniformReplay({ capacity: 1000 }),
  target: hardTarget({ every: 10 }),
  random: random.fork("dqn"),
  options: { learningStarts: 32, gradientSteps: 2 },
});

const updates: Record<string, unknown[]> = { ppo: [], dqn: [] };
for (const [name, algorithm] of Object.entries({ ppo, dqn })) {
  const environment = createCartPole({ size: 4 });
  const collector = createStepCollector({ actor: algorithm.actor, environment, random: random.fork(name) });
  for (let update = 0; update < 4; update++) {
    const { rollout } = await collector.collect(32);
    updates[name]?.push(await algorithm.update(rollout));
    disposeRollout(rollout);
  }
}
console.log(JSON.stringify(updates));
