import type { QFunction, Random, Stats } from "@accord-rl/core";
import { followParameters, meanStats, type OptimizerGroup, requireFiniteStats } from "@accord-rl/learning";
import { readPacked } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import type { DqnOptions } from "./dqn-options.ts";
import type { DqnCounters } from "./dqn-state.ts";
import { type createDqnSteps, nameAt, type StepBatches } from "./dqn-steps.ts";
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
  };
};

/** What the gradient steps of an update work with. */
export interface GradientSteps<Q extends QFunction> {
  readonly q: Q;
  readonly target: Q;
  readonly replay: Replay;
  readonly optimizers: OptimizerGroup;
  readonly targetUpdate: TargetUpdate;
  readonly random: Random;
  readonly options: DqnOptions;
  readonly observationShape: readonly number[];
  /** Its gradient steps are counted as they are made. */
  readonly counters: DqnCounters;
  readonly run: ReturnType<typeof createDqnSteps>;
}

/** Several gradient steps in one call. @returns the numbers of each, and |TD error| [steps · batch]. */
const takeCall = async <Q extends QFunction>(
  { replay, optimizers, observationShape, run }: GradientSteps<Q>,
  samples: readonly ReplaySample[],
): Promise<[Stats[], Float32Array]> => {
  const numbers = samples.flatMap((_, step) =>
    Object.entries(optimizers.numbers(step)).map(([name, value]) => [nameAt(step, name), value]),
  );
  const results = tf.tidy(() =>
    run(toTensors(replay, samples, observationShape), Object.fromEntries(numbers)),
  );
  const [[read], errors] = await Promise.all([
    readPacked([results.numbers]),
    results.errors.data<"float32">(),
  ]);
  tf.dispose(results);
  const steps = samples.map((_, step) => {
    const prefix = nameAt(step, "");
    const own = Object.entries(read!).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
  });
  return [steps, errors];
};

/**
 * Takes the gradient steps of one update.
 *
 * @returns the mean of each number.
 * @throws NonFiniteError for a step whose numbers are not finite. It changed nothing, and none comes after it.
 */
export const takeGradientSteps = async <Q extends QFunction>(learning: GradientSteps<Q>): Promise<Stats> => {
  const { q, target, replay, optimizers, targetUpdate, random, options, counters } = learning;
  const { batchSize, gradientSteps, stepsPerCall } = options;
  const { updatePriorities } = replay;
  const longest = stepsPerCall ?? (updatePriorities ? 1 : defaultStepsPerCall);
  const all: Stats[] = [];
  for (const size of planCalls(counters.gradientSteps, gradientSteps, longest, targetUpdate.every)) {
    const samples = Array.from({ length: size }, () => replay.sample(batchSize, random));
    const [steps, errors] = await takeCall(learning, samples);
    const failed = steps.findIndex((numbers) => !Object.values(numbers).every(Number.isFinite));
    const made = failed < 0 ? size : failed;
    optimizers.advance(made);
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
