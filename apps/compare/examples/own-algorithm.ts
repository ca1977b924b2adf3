/**
 * An algorithm of one's own, for control: REINFORCE with whitened rewards-to-go.
 *
 *   npm run compare -- --task cartpole --algorithms ppo,apps/compare/examples/own-algorithm.ts
 */
import type { ControlObservations, Rollout } from "@accord-rl/core";
import { adam, createGradientLearner } from "@accord-rl/learning";
import { discountedReturns, tokenMean, whiten } from "@accord-rl/math";
import { createMlpPolicy } from "@accord-rl/policy";
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

  /** L = −Σ w·Â·log π(a|s), Â the whitened rewards-to-go. A step that is not finite throws, and changes nothing. */
  const learner = createGradientLearner({
    name: "own",
    model: { policy },
    optimizer: adam({ learningRate: 3e-3, maxGradientNorm: 0.5 }),
    prepare: (rollout: Rollout<ControlObservations>) => {
      const advantages = tf.tidy(() => whiten(discountedReturns(rollout, { discount: 0.99 }), rollout.mask)); // [B, T]
      return [{ rollout, advantages }];
    },
    loss: ({ rollout, advantages }) => {
      const { logProbs } = policy.evaluate(rollout); // [B, T]
      return { loss: tf.neg(tf.sum(tf.mul(tf.mul(logProbs, advantages), tokenMean(rollout.mask)))) };
    },
  });

  return {
    environment: environment(8),
    rolloutSteps: 256,
    steps,
    algorithm: { actor: policy, ...learner },
  };
};

export default ownAlgorithm;
