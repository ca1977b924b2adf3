/** A loss and an advantage estimator of your own: the policy follows only steps that did better than expected. */
import { startBackend } from "@accord-rl/backend";
import { createRandom, disposeRollout } from "@accord-rl/core";
import { createIdentityEnvironment, createStepCollector } from "@accord-rl/environments";
import { adam } from "@accord-rl/learning";
import { discountedReturns, tokenMean } from "@accord-rl/math";
import { createMlpPolicy, createMlpValueFunction } from "@accord-rl/policy";
import { createPolicyGradient, onePass, valueLoss } from "@accord-rl/policy-gradient";
import * as tf from "@tensorflow/tfjs-core";

await startBackend();
const [environment, random] = [createIdentityEnvironment({ size: 8 }), createRandom(1)];
const net = { observationShape: environment.observationShape, random: random.fork("net") };
const common = { entropyCoefficient: 0.01, microBatchSize: null, scaleRewards: false, whitening: null };
const algorithm = createPolicyGradient(
  {
    policy: createMlpPolicy({ ...net, actions: 4 }),
    values: createMlpValueFunction(net),
    optimizer: adam({ learningRate: 0.02 }),
  },
  {
    name: "betterThanExpected",
    options: { ...common, valueCoefficient: 0.5, aggregation: tokenMean, behaviourMismatch: "error" },
    estimate: (batch) => {
      const returns = discountedReturns(batch, { discount: 0.4 }); // [B, T]
      return { advantages: tf.relu(tf.sub<tf.Tensor2D>(returns, batch.values)), returns };
    },
    loss: ({ logProbs, values }, { advantages, returns }) => ({
      policyLoss: tf.neg(tf.mul<tf.Tensor2D>(advantages, logProbs)), // [B, T]
      valueLoss: valueLoss({ values, returns }),
    }),
    passes: onePass,
  },
);
const collector = createStepCollector({ actor: algorithm.actor, environment, random: random.fork("acting") });
for (let update = 1; update <= 60; update++) {
  const { rollout } = await collector.collect(5);
  console.log(`update ${update}: reward ${(await algorithm.update(rollout)).reward} of 5`);
  disposeRollout(rollout);
}
