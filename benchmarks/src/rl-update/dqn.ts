import {
  type Compile,
  type ControlObservations,
  disposeRollout,
  type Random,
  type Rollout,
} from "@accord-rl/core";
import { adam } from "@accord-rl/learning";
import { createMlpQFunction } from "@accord-rl/policy";
import { createDqn, epsilonGreedy, hardTarget, type Replay, uniformReplay } from "@accord-rl/q-learning";
import * as tf from "@tensorflow/tfjs-core";
import { hiddenWidths, mlpUpdateWork, observationWidth } from "../mlp-work.ts";
import { millisecondsEach } from "../timing.ts";
import { plainWeights } from "./plain-weights.ts";
import { dqnSettings, drawSteps, plainSteps } from "./workload.ts";

/** A buffer that keeps the slots of its last minibatches, so that the peer can learn from the same. */
const recordingReplay = (replay: Replay) => {
  const samples: number[][] = [];
  let isRecording = true;
  return {
    samples,
    stop: () => {
      isRecording = false;
    },
    replay: {
      ...replay,
      get size() {
        return replay.size;
      },
      sample: (count: number, random: Random) => {
        const sample = replay.sample(count, random);
        if (isRecording) samples.push(Array.from(sample.slots));
        return sample;
      },
    } satisfies Replay,
  };
};

/** DQN's update: `gradientSteps` minibatches from the buffer, and the readback of their numbers. */
export const createDqnSide = async ({
  random,
  compile,
  gradientSteps,
}: {
  random: Random;
  compile: Compile;
  gradientSteps: number;
}) => {
  const { batchSize, discount, targetEvery, stored, maxGradientNorm, ...optimizer } = dqnSettings;
  const shape = [observationWidth];
  const q = createMlpQFunction({
    observationShape: shape,
    hiddenWidths,
    actions: 2,
    random: random.fork("weights"),
  });
  const recording = recordingReplay(uniformReplay({ capacity: stored }));
  const algorithm = createDqn({
    q,
    optimizer: adam({ ...optimizer, maxGradientNorm }),
    random: random.fork("minibatches"),
    exploration: epsilonGreedy({ epsilon: 0.05 }),
    replay: recording.replay,
    target: hardTarget({ every: targetEvery }),
    compile,
    options: { discount, batchSize, gradientSteps, learningStarts: stored },
  });
  const all = drawSteps(random.fork("steps"), stored);
  /** Steps `from` … `from + count` of one environment. */
  const rollout = (from: number, count: number): Rollout<ControlObservations> => {
    const cells = <T extends Float32Array | Int32Array>(values: T, width = 1) =>
      values.subarray(from * width, (from + count) * width);
    return {
      observations: {
        current: tf.tensor(cells(all.current, observationWidth), [1, count, ...shape]),
        next: tf.tensor(cells(all.next, observationWidth), [1, count, ...shape]),
      },
      actions: tf.tensor2d(cells(all.actions), [1, count], "int32"),
      rewards: tf.ones([1, count]),
      valid: tf.ones([1, count]),
      mask: tf.ones([1, count]),
      terminated: tf.tensor2d(cells(all.terminated), [1, count]),
      truncated: tf.zeros([1, count]),
      policyVersion: 0,
      extras: {},
    };
  };
  const update = async (batch: Rollout<ControlObservations>) => {
    const stats = await algorithm.update(batch);
    disposeRollout(batch);
    return stats;
  };
  // Fills the buffer but for one step: nothing is learned yet.
  await update(rollout(0, stored - 1));
  const start = {
    settings: dqnSettings,
    gradientSteps,
    q: await plainWeights(q.parameters),
    steps: plainSteps(all),
  };
  return {
    start,
    /** The loss of `count` updates, and the minibatches that they learned from. */
    losses: async (count: number) => {
      const losses: number[] = [];
      for (let i = 0; i < count; i++) losses.push((await update(rollout(stored - 1 - i, 1))).loss!);
      recording.stop();
      return losses;
    },
    samples: recording.samples,
    /** Milliseconds of one gradient step. */
    time: async () => (await millisecondsEach(update, (index) => rollout(index % stored, 1))) / gradientSteps,
    work: mlpUpdateWork([observationWidth, ...hiddenWidths, 2], batchSize, { moments: 2 }),
    dispose: () => {
      algorithm.dispose();
      q.dispose();
    },
  };
};
