/**
 * An algorithm of one's own, for control: REINFORCE with whitened rewards-to-go.
 *
 *   npm run compare -- --task cartpole --algorithms ppo,apps/compare/examples/own-algorithm.ts
 */
import type { ControlObservations, Rollout } from "@accord-rl/core";
import { joinStates, splitState } from "@accord-rl/core";
import { adam } from "@accord-rl/learning";
import { discountedReturns, tokenMean, valueAndGradients, whiten } from "@accord-rl/math";
import { createMlpPolicy } from "@accord-rl/policy";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { ControlAlgorithm } from "../src/control/index.ts";

const ownAlgorithm: ControlAlgorithm = ({
  environment,
  observationShape,
  actions,
  random,
  steps = 50_000,
}) => {
  const policy = createMlpPolicy({ observationShape, actions, random: random.fork("weights") });
  const optimizer = adam({ learningRate: 3e-3, maxGradientNorm: 0.5 })(policy.parameters);

  /** L = −Σ w·Â·log π(a|s), Â the whitened rewards-to-go. */
  const learn = (rollout: Rollout<ControlObservations>): { loss: Scalar } =>
    tf.tidy(() => {
      const { mask } = rollout;
      const advantages = whiten(discountedReturns(rollout, { discount: 0.99 }), mask); // [B, T]
      const { loss, gradients } = valueAndGradients(() => {
        const { logProbs } = policy.evaluate(rollout); // [B, T]
        return { loss: tf.neg(tf.sum(tf.mul(tf.mul(logProbs, advantages), tokenMean(mask)))) };
      }, policy.parameters);
      optimizer.apply(gradients);
      return { loss };
    });

  return {
    environment: environment(8),
    rolloutSteps: 256,
    steps,
    algorithm: {
      actor: policy,
      update: async (rollout) => {
        const { loss } = learn(rollout);
        const [read] = await loss.data();
        loss.dispose();
        return { loss: read! };
      },
      state: async () => joinStates({ policy: await policy.state(), optimizer: await optimizer.state() }),
      restore: (state) => {
        const parts = splitState(state, ["policy", "optimizer"], "ownAlgorithm.restore");
        policy.restore(parts.policy);
        optimizer.restore(parts.optimizer);
      },
      dispose: () => optimizer.dispose(),
    },
  };
};

export default ownAlgorithm;
