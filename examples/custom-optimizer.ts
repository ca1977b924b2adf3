/** An optimizer of your own: Lion (Chen et al. 2023, algorithm 2, https://arxiv.org/abs/2302.06675), given to A2C. */
import { createA2c } from "@accord-rl/a2c";
import { startBackend } from "@accord-rl/backend";
import { createRandom, disposeRollout } from "@accord-rl/core";
import { createIdentityEnvironment, createStepCollector } from "@accord-rl/environments";
import { createOptimizer, type UpdateRule } from "@accord-rl/learning";
import { createMlpPolicy, createMlpValueFunction } from "@accord-rl/policy";
import * as tf from "@tensorflow/tfjs-core";

const lion: UpdateRule = {
  name: "lion",
  slots: { momentum: 0 },
  coefficients: (_step, learningRate) => ({ learningRate }),
  update: ({ gradient, slots, coefficients: { learningRate } }) => {
    const direction = tf.sign(tf.add(tf.mul(slots.momentum!, 0.9), tf.mul(gradient, 0.1)));
    const momentum = tf.add(tf.mul(slots.momentum!, 0.99), tf.mul(gradient, 0.01));
    return { change: tf.mul(direction, learningRate!), slots: { momentum } };
  },
};

await startBackend();
const [environment, random] = [createIdentityEnvironment({ size: 8 }), createRandom(1)];
const net = {
  observationShape: environment.observationShape,
  hiddenWidths: [16],
  random: random.fork("net"),
};
const a2c = createA2c({
  policy: createMlpPolicy({ ...net, actions: 4 }),
  values: createMlpValueFunction(net),
  optimizer: createOptimizer(lion, { learningRate: 0.01 }),
  options: { discount: 0.4 },
});
const collector = createStepCollector({ actor: a2c.actor, environment, random: random.fork("acting") });
for (let update = 1; update <= 60; update++) {
  const { rollout } = await collector.collect(5);
  console.log(`update ${update}: reward ${(await a2c.update(rollout)).reward} of 5`);
  disposeRollout(rollout);
}
