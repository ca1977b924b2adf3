/**
 * What every on-policy algorithm does with a rollout of the current policy:
 * 1. Prepare, without gradient: values, the reference's log-probs, shaped rewards r − β·k1, advantages, whitening.
 * 2. Pass over the rows once or more. Each step takes the gradient of
 *      L = Σ w·(policyLoss + c_v·valueLoss + β·kl − c_e·H)
 *    in as many micro-batches as memory asks for, and makes one optimizer step.
 * 3. Check that scoring agrees with what was sampled, before the first step changes anything.
 * 4. Read the numbers of each step, so that none follows one that was not made; tell the measured KL to the
 *    regularizer's controller.
 *
 * An algorithm is how it estimates advantages, its loss per token, and how it passes over the rows.
 */
import {
  type Algorithm,
  type Compile,
  type Observations,
  type Policy,
  type Rollout,
  requireGiven,
  type Stats,
} from "@accord-rl/core";
import {
  createLearnerState,
  policyAndValueOptimizers,
  randomPart,
  requireFiniteRollout,
  requireFiniteStats,
  type Schedule,
} from "@accord-rl/learning";
import { compileTree, largestFloat, mergeParameters, type Numbers, readPacked } from "@accord-rl/math";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  behaviourTolerance,
  checkFirstStep,
  requireBehaviour,
  type SampledRollout,
  warnOfMismatch,
} from "./behaviour.ts";
import { compileRollout, isOfTensors } from "./chunks.ts";
import type { Loss } from "./objective.ts";
import type { CommonOptions } from "./options.ts";
import type { PolicyGradientParts } from "./parts.ts";
import type { Passes, PassTools } from "./passes.ts";
import { createPrepare, type Estimate, type Prepare, type Prepared } from "./prepare.ts";
import { isAll, requireRows, sequenceRows } from "./rows.ts";
import { checkSftMix } from "./sft-mix.ts";
import { hasMovedTooFar, type StepNumbers, summarize } from "./stats.ts";
import { createPolicyStep, type PolicyStep } from "./step.ts";

/** What makes one on-policy algorithm differ from another. */
export interface PolicyGradientMethod<R extends Rollout = Rollout> {
  /** In lower case; names the algorithm's part of the state and stands in its errors. */
  readonly name: string;
  readonly options: CommonOptions;
  /** Advantages and returns, [B, T]. No gradient. */
  readonly estimate: Estimate<R>;
  /** Per token, with gradient. */
  readonly loss: Loss;
  /** Numbers that change over a run, by the name under which the loss and the metrics have them; counted in updates. */
  readonly scheduled?: Readonly<Record<string, Schedule>>;
  /** `onePass`, or `overEpochs(…)`. */
  readonly passes: Passes;
}

/** The calls that an update is made of: as few and as large as memory and the rollout allow. */
const createCalls = <Obs extends Observations, R extends Rollout<Obs>>(
  name: string,
  { prepare, step }: { readonly prepare: Prepare<Obs, R>; readonly step: PolicyStep<Obs> },
  {
    compile,
    microBatchSize,
    hasMix,
  }: {
    readonly compile: Compile | undefined;
    readonly microBatchSize: number | null;
    readonly hasMix: boolean;
  },
) => {
  type Given = R & SampledRollout<Obs>;
  type Rows = { readonly rows?: Tensor1D };
  type StepInput = Rows & { readonly batch: Prepared<Obs> };
  const takeStep = ({ batch, rows }: StepInput, numbers: Numbers) => step(batch, numbers, rows);
  const prepareAsIs = compileRollout(prepare);
  const prepareCompiled = compileRollout(prepare, compile, `${name}.prepare`);
  const stepCompiled = compileTree(takeStep, compile, `${name}.step`);
  const updateCompiled = compileRollout(
    (rollout: Given, numbers, { rows }: Rows) => {
      const batch = prepare(rollout, numbers);
      return { metrics: batch.metrics, ...step(batch, numbers, rows) };
    },
    compile,
    `${name}.update`,
  );
  return {
    /** In parts, or with more in it than tensors, a rollout is prepared function by function. */
    prepare: (rollout: Given, numbers: Numbers): Prepared<Obs> =>
      (microBatchSize === null && isOfTensors(rollout) ? prepareCompiled : prepareAsIs)(rollout, numbers),
    /** Micro-batches bound the memory, and supervised text is no part of the batch: both take several calls. */
    step: (input: StepInput, numbers: Numbers) => {
      const count = input.rows?.size ?? input.batch.columns.mask.shape[0];
      const isOne = !hasMix && (microBatchSize === null || count <= microBatchSize);
      return (isOne ? stepCompiled : takeStep)(input, numbers);
    },
    /** Preparing and the only step, where both fit into one call: what is between them never leaves it. */
    update: (rollout: R) =>
      microBatchSize === null && !hasMix && isOfTensors(rollout) ? updateCompiled : undefined,
  };
};

/**
 * Builds an on-policy algorithm. `update` takes a rollout sampled by the current policy and leaves it to the caller to
 * dispose of.
 *
 * @throws InvalidArgumentError for parts that don't fit, here; and in `update` for a rollout without behaviour
 *   log-probs, one of another policy (ratio not 1), or one in which nothing takes part. `update` changes nothing then.
 */
export const createPolicyGradient = <
  Obs extends Observations,
  P extends Policy<Obs> = Policy<Obs>,
  R extends Rollout<Obs> = Rollout<Obs>,
>(
  parts: PolicyGradientParts<Obs, P>,
  { name, options, estimate, loss, scheduled = {}, passes }: PolicyGradientMethod<R>,
): Algorithm<P, R> => {
  const { policy, values, regularizer, sftMix, random, rows = sequenceRows, compile } = parts;
  const where = `create${name[0]!.toUpperCase()}${name.slice(1)}`;
  requireGiven(where, parts, ["policy", "optimizer"]);
  checkSftMix(sftMix?.coefficient, where);
  const isTruncating = options.behaviourMismatch === "warn-and-truncate";
  const parameters = mergeParameters({
    policy: policy.parameters,
    ...(values && { values: values.parameters }),
  });
  const learner = createLearnerState({
    name,
    optimized: policyAndValueOptimizers(parameters, parts, where),
    parameters,
    random,
    parts: {
      policy,
      ...(values && { values }),
      ...(random && { random: randomPart(random) }),
      ...(regularizer && { regularizer }),
    },
  });
  const { optimizers } = learner;
  const calls = createCalls<Obs, R>(
    name,
    {
      prepare: createPrepare<Obs, R>({ name, parts, rows, estimate, options }),
      step: createPolicyStep<Obs>({ name, parts, loss, options, parameters, optimizers }),
    },
    { compile, microBatchSize: options.microBatchSize, hasMix: sftMix !== undefined },
  );

  const update = async (given: R): Promise<Stats> => {
    const at = { name, update: learner.updates };
    const { indices, rowCount, sequences } = await requireRows(given, rows, name);
    const rollout = { ...given, ...requireBehaviour<Obs>(given, name) };
    const klCoefficient = regularizer?.coefficient;
    const ownNumbers = Object.fromEntries(
      Object.entries(scheduled).map(([name, schedule]) => [name, schedule(learner.updates)]),
    );
    const settings = { learningRate: optimizers.learningRate, klCoefficient, ...ownNumbers };
    const fixed = { ...ownNumbers, ...(klCoefficient !== undefined && { klCoefficient }) };
    const randomBefore = random?.state();
    let batch: Prepared<Obs> | undefined;
    let batchNumbers: Stats | undefined;
    const steps: StepNumbers[] = [];
    let taken = 0;

    /** Makes a step, unless a limit forbids it. @returns its numbers, after those of the batch have been checked. */
    const stepOn = async (
      chosen: readonly number[],
      numbers: Numbers,
      updateAtOnce: ReturnType<typeof calls.update>,
    ): Promise<StepNumbers> => {
      if (!updateAtOnce) batch ??= calls.prepare(rollout, fixed);
      const made = tf.tidy(() => {
        const some = isAll(chosen, rowCount) ? {} : { rows: tf.tensor1d(Int32Array.from(chosen), "int32") };
        return updateAtOnce
          ? updateAtOnce(rollout, numbers, some)
          : { metrics: undefined, ...calls.step({ batch: batch!, ...some }, numbers) };
      });
      const metrics = made.metrics ?? batch!.metrics;
      // The batch's numbers are the same for every step.
      const [ofStep, ofBatch] = await readPacked(batchNumbers ? [made.numbers] : [made.numbers, metrics]);
      tf.dispose([made.numbers.values, ...(made.metrics ? [made.metrics.values] : [])]);
      if (ofBatch) {
        const { finite, ...logged } = ofBatch;
        if (!Number.isFinite(finite)) await requireFiniteRollout(given, at);
        batchNumbers = requireFiniteStats(logged, at);
      }
      return ofStep as StepNumbers;
    };

    const takeStep: PassTools["step"] = async (chosen, { maxApproxKl, isOnly = false } = {}) => {
      const isFirst = batchNumbers === undefined;
      const numbers = await stepOn(
        chosen,
        {
          ...fixed,
          ...optimizers.numbers(),
          "limit.ratioDeviation": isFirst && !isTruncating ? behaviourTolerance : largestFloat,
          "limit.approxKl": maxApproxKl ?? largestFloat,
        },
        isOnly ? calls.update(rollout) : undefined,
      );
      steps.push(numbers);
      if (isFirst) checkFirstStep(numbers, { ...at, isTruncating });
      requireFiniteStats(numbers, at);
      if (maxApproxKl != null && hasMovedTooFar(numbers, maxApproxKl)) return false;
      optimizers.advance();
      taken += 1;
      return true;
    };

    try {
      const epochs = await passes({ name, indices, rowCount, random, step: takeStep });
      const stats = summarize(batchNumbers ?? {}, steps, { ...settings, epochs }, at);
      if (stats.klNats !== undefined) regularizer?.observe({ klNats: stats.klNats, sequences });
      if (isTruncating) warnOfMismatch(name, stats.ratioDeviation, parts.onWarning);
      learner.countUpdate();
      return stats;
    } catch (error) {
      if (taken === 0 && randomBefore !== undefined) random?.restore(randomBefore);
      throw error;
    } finally {
      if (batch) tf.dispose([batch.observations, batch.columns, batch.metrics.values]);
    }
  };

  const { state, restore, dispose } = learner;
  return { actor: policy, update, state, restore, dispose };
};
