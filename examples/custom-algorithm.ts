/** An algorithm of your own, from scratch: the cross-entropy method, which imitates its best episodes. */
import { startBackend } from "@accord-rl/backend";
import { type ControlObservations, createRandom, disposeRollout, type Rollout } from "@accord-rl/core";
import { createIdentityEnvironment, createStepCollector } from "@accord-rl/environments";
import { adam, createGradientLearner } from "@accord-rl/learning";
import { tokenMean } from "@accord-rl/math";
import { createMlpPolicy } from "@accord-rl/policy";
import * as tf from "@tensorflow/tfjs-core";

await startBackend();
const [environment, random] = [createIdentityEnvironment({ size: 32 }), createRandom(1)];
const net = { observationShape: environment.observationShape, hiddenWidths: [16] };
const policy = createMlpPolicy({ ...net, actions: 4, random: random.fork("net") });
const learner = createGradientLearner({
  name: "crossEntropy",
  model: { policy },
  optimizer: adam({ learningRate: 0.02 }),
  /** Rows of the best quarter count, by their total reward. */
  prepare: ({ observations, actions, rewards }: Rollout<ControlObservations>) => {
    const totals = tf.sum(rewards, 1); // [B]
    const { values } = tf.topk(totals, Math.ceil(totals.size / 4));
    const isElite = tf.cast(tf.greaterEqual(totals, tf.min(values)), "float32"); // [B]
    const mask = tf.mul(tf.onesLike(rewards), tf.expandDims(isElite, 1)); // [B, T]
    return [{ observations, actions, weights: tokenMean(mask as tf.Tensor2D) }];
  },
  loss: ({ observations, actions, weights }) => {
    const { logProbs } = policy.evaluate({ observations, actions }); // [B, T]
    return { loss: tf.neg(tf.sum(tf.mul(logProbs, weights))) };
  },
});
const collector = createStepCollector({ actor: policy, environment, random: random.fork("acting") });
for (let update = 1; update <= 60; update++) {
  const { rollout } = await collector.collect(5);
  console.log(`update ${update}: reward ${tf.mean(tf.sum(rollout.rewards, 1)).arraySync()} of 5`);
  await learner.update(rollout);
  disposeRollout(rollout);
}
