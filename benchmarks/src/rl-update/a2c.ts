import { createA2c } from "@accord-rl/a2c";
import {
  type Compile,
  type ControlObservations,
  disposeRollout,
  type Random,
  type Rollout,
} from "@accord-rl/core";
import { rmsProp } from "@accord-rl/learning";
import { createMlpPolicy, createMlpValueFunction } from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import * as tf from "@tensorflow/tfjs-core";
import { hiddenWidths, mlpUpdateWork, observationWidth } from "../mlp-work.ts";
import { sumWork } from "../roofline.ts";
import { millisecondsEach } from "../timing.ts";
import { plainWeights } from "./plain-weights.ts";
import { a2cSettings, drawSteps, plainSteps } from "./workload.ts";

/** A2C's update: values, advantages, one gradient step, and the readback of its numbers. */
export const createA2cSide = async ({ random, compile }: { random: Random; compile: Compile }) => {
  const { environments: B, steps: T, discount, maxGradientNorm, ...optimizer } = a2cSettings;
  const net = { observationShape: [observationWidth], hiddenWidths, random: random.fork("weights") };
  const policy = createMlpPolicy({ ...net, actions: 2 });
  const values = createMlpValueFunction(net);
  const algorithm = createA2c({
    policy,
    values,
    optimizer: rmsProp({ ...optimizer, maxGradientNorm }),
    rows: stepRows,
    compile,
    options: { discount, gaeLambda: 1, valueCoefficient: 1, whitening: null },
  });
  const steps = drawSteps(random.fork("steps"), B * T);

  /** What the current policy would have sampled: only its log-probs change from update to update. */
  const rollout = (): Rollout<ControlObservations> => {
    const observations = {
      current: tf.tensor(steps.current, [B, T, observationWidth]),
      next: tf.tensor(steps.next, [B, T, observationWidth]),
    };
    const actions = tf.tensor2d(steps.actions, [B, T], "int32");
    return {
      observations,
      actions,
      behaviourLogProbs: policy.evaluate({ observations, actions }).logProbs,
      rewards: tf.ones([B, T]),
      valid: tf.ones([B, T]),
      mask: tf.ones([B, T]),
      terminated: tf.tensor2d(steps.terminated, [B, T]),
      truncated: tf.zeros([B, T]),
      policyVersion: 0,
      extras: {},
    };
  };
  const update = async (batch: Rollout<ControlObservations>) => {
    const stats = await algorithm.update(batch);
    disposeRollout(batch);
    return stats;
  };
  return {
    /** What the peer starts from. */
    start: {
      settings: a2cSettings,
      policy: await plainWeights(policy.parameters),
      values: await plainWeights(values.parameters),
      steps: plainSteps(steps),
    },
    losses: async (count: number): Promise<number[]> => {
      const losses: number[] = [];
      for (let i = 0; i < count; i++) losses.push((await update(rollout())).loss!);
      return losses;
    },
    time: () => millisecondsEach(update, rollout),
    work: sumWork(
      mlpUpdateWork([observationWidth, ...hiddenWidths, 2], B * T, { moments: 1 }),
      mlpUpdateWork([observationWidth, ...hiddenWidths, 1], B * T, { moments: 1 }),
    ),
    dispose: () => {
      algorithm.dispose();
      policy.dispose();
      values.dispose();
    },
  };
};
