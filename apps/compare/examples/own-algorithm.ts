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
  const learner = createGradientLearner({
    name: "ownAlgorithm",
    model: { policy },
    optimizer: adam({ learningRate: 3e-3, maxGradientNorm: 0.5 }),
    /** Â: the whitened rewards-to-go. */
    prepare: ({ observations, actions, mask, ...rest }: Rollout<ControlObservations>) => {
      const returns = discountedReturns({ ...rest, mask }, { discount: 0.99 }); // [B, T]
      return [{ observations, actions, mask, advantages: whiten(returns, mask) }];
    },
    /** L = −Σ w·Â·log π(a|s). */
    loss: ({ observations, actions, mask, advantages }) => {
      const { logProbs } = policy.evaluate({ observations, actions }); // [B, T]
      return { loss: tf.neg(tf.sum(tf.mul(tf.mul(logProbs, advantages), tokenMean(mask)))) };
    },
  });
  return { environment: environment(8), rolloutSteps: 256, steps, algorithm: { actor: policy, ...learner } };
};

export default ownAlgorithm;
