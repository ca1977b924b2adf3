import type { QFunction, Random, Stats } from "@accord-rl/core";
import { followParameters, meanStats, type Optimizer } from "@accord-rl/learning";
import * as tf from "@tensorflow/tfjs-core";
import type { DqnOptions } from "./dqn-options.ts";
import { type StepBatches, type StepResults, stepNumbers } from "./dqn-steps.ts";
import type { Replay, ReplaySample } from "./replay.ts";
import type { TargetUpdate } from "./target-update.ts";

/** Gradient steps in one call by default; more give little, and take longer to record. */
const defaultStepsPerCall = 16;

/**
 * Cuts gradient steps into calls that never pass a copy of the target, as even as can be: each size is recorded once.
 *
 * @param taken  gradient steps so far. @param count  to take. @returns the sizes of the calls.
 */
export const planCalls = (
  taken: number,
  count: number,
  longest: number,
  every = Number.POSITIVE_INFINITY,
): number[] => {
  const calls: number[] = [];
  for (let left = count; left > 0; ) {
    const done = taken + count - left;
    const stretch = Math.min(left, every - (done % every));
    const parts = Math.ceil(stretch / longest);
    for (let part = 0; part < parts; part++) {
      calls.push(Math.floor(((part + 1) * stretch) / parts) - Math.floor((part * stretch) / parts));
    }
    left -= stretch;
  }
  return calls;
};

const concatenate = (arrays: readonly Float32Array[]): Float32Array => {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  return joined;
};

const toTensors = (
  replay: Replay,
  samples: readonly ReplaySample[],
  optimizer: Optimizer,
  observationShape: readonly number[],
): StepBatches => {
  const slots = Int32Array.from(samples.flatMap((sample) => Array.from(sample.slots)));
  const { observations, actions, rewards, discounts, successors } = replay.gather(slots);
  const shape = [slots.length, ...observationShape];
  const weights = samples.flatMap((sample) => sample.weights ?? []);
  return {
    observations: tf.tensor(observations, shape),
    actions: tf.tensor1d(actions, "int32"),
    rewards: tf.tensor1d(rewards),
    discounts: tf.tensor1d(discounts),
    successors: tf.tensor(successors, shape),
    ...(weights.length > 0 && { weights: tf.tensor1d(concatenate(weights)) }),
    coefficients: tf.tensor2d(optimizer.traceable.coefficients(samples.length), [
      samples.length,
      optimizer.traceable.size,
    ]),
  };
};

/** Takes the gradient steps of one update. @returns the mean of each number. */
export const takeGradientSteps = async <Q extends QFunction>(context: {
  readonly q: Q;
  readonly target: Q;
  readonly replay: Replay;
  readonly optimizer: Optimizer;
  readonly targetUpdate: TargetUpdate;
  readonly random: Random;
  readonly options: DqnOptions;
  readonly observationShape: readonly number[];
  /** Gradient steps taken before. */
  readonly taken: number;
  readonly run: (batches: StepBatches) => StepResults;
}): Promise<Stats> => {
  const { q, target, replay, optimizer, targetUpdate, random, options, observationShape, run } = context;
  const { updatePriorities } = replay;
  const longest = options.stepsPerCall ?? (updatePriorities ? 1 : defaultStepsPerCall);
  const all: StepResults[] = [];
  let taken = context.taken;
  try {
    for (const steps of planCalls(taken, options.gradientSteps, longest, targetUpdate.every)) {
      const samples = Array.from({ length: steps }, () => replay.sample(options.batchSize, random));
      const results = tf.tidy(() => ({ ...run(toTensors(replay, samples, optimizer, observationShape)) }));
      all.push(results);
      optimizer.traceable.advance(steps);
      taken += steps;
      if (targetUpdate.every && taken % targetUpdate.every === 0) {
        followParameters(target.parameters, q.parameters, 1);
      }
      if (updatePriorities) {
        const errors = await results.errors.data<"float32">();
        const size = options.batchSize;
        samples.forEach(({ slots }, i) => {
          updatePriorities(slots, errors.subarray(i * size, (i + 1) * size));
        });
      }
    }
    const joined = tf.tidy(() => tf.concat(all.map(({ numbers }) => numbers))); // [gradient steps, 4]
    const rows = await joined.array();
    joined.dispose();
    return meanStats(
      rows.map((row) => Object.fromEntries(stepNumbers.map((name, column) => [name, row[column]!]))),
    );
  } finally {
    for (const results of all) tf.dispose({ ...results });
  }
};
