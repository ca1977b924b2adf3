import type { QFunction, Random, Stats } from "@accord-rl/core";
import { followParameters, meanStats, type Optimizer, requireFiniteStats } from "@accord-rl/learning";
import * as tf from "@tensorflow/tfjs-core";
import type { DqnOptions } from "./dqn-options.ts";
import type { DqnCounters } from "./dqn-state.ts";
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

interface Learning<Q extends QFunction> {
  readonly q: Q;
  readonly target: Q;
  readonly replay: Replay;
  readonly optimizer: Optimizer;
  readonly targetUpdate: TargetUpdate;
  readonly random: Random;
  readonly options: DqnOptions;
  readonly observationShape: readonly number[];
  /** Its gradient steps are counted as they are made. */
  readonly counters: DqnCounters;
  readonly run: (batches: StepBatches) => StepResults;
}

const isFiniteStep = (numbers: Stats): boolean => Object.values(numbers).every(Number.isFinite);

/** One call of several gradient steps. @returns the numbers of each, and |TD error| [steps · batch]. */
const readCall = async ({ numbers, errors }: StepResults): Promise<[Stats[], Float32Array]> => {
  const [rows, read] = await Promise.all([numbers.array(), errors.data<"float32">()]);
  tf.dispose([numbers, errors]);
  const steps = rows.map((row) =>
    Object.fromEntries(stepNumbers.map((name, column) => [name, row[column]!])),
  );
  return [steps, read];
};

/**
 * Takes the gradient steps of one update.
 *
 * @returns the mean of each number.
 * @throws NonFiniteError for a step whose numbers are not finite. It changed nothing, and none comes after it.
 */
export const takeGradientSteps = async <Q extends QFunction>(learning: Learning<Q>): Promise<Stats> => {
  const { q, target, replay, optimizer, targetUpdate, random, options, counters } = learning;
  const { batchSize, gradientSteps, stepsPerCall } = options;
  const { updatePriorities } = replay;
  const longest = stepsPerCall ?? (updatePriorities ? 1 : defaultStepsPerCall);
  const all: Stats[] = [];
  for (const size of planCalls(counters.gradientSteps, gradientSteps, longest, targetUpdate.every)) {
    const samples = Array.from({ length: size }, () => replay.sample(batchSize, random));
    const results = tf.tidy(() => ({
      ...learning.run(toTensors(replay, samples, optimizer, learning.observationShape)),
    }));
    const [steps, errors] = await readCall(results);
    const failed = steps.findIndex((numbers) => !isFiniteStep(numbers));
    const made = failed < 0 ? size : failed;
    optimizer.traceable.advance(made);
    counters.gradientSteps += made;
    for (const [i, { slots }] of samples.slice(0, made).entries()) {
      updatePriorities?.(slots, errors.subarray(i * batchSize, (i + 1) * batchSize));
    }
    if (failed >= 0) requireFiniteStats(steps[failed]!, { name: "dqn", update: counters.updates });
    if (targetUpdate.every && counters.gradientSteps % targetUpdate.every === 0) {
      followParameters(target.parameters, q.parameters, 1);
    }
    all.push(...steps);
  }
  return meanStats(all);
};
