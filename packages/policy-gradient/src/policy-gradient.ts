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
import type { Algorithm, Observations, Policy, Rollout, Stats } from "@accord-rl/core";
import {
  createLearnerState,
  type Packed,
  policyAndValueOptimizers,
  randomPart,
  readPacked,
  requireFiniteRollout,
  requireFiniteStats,
  type Schedule,
} from "@accord-rl/learning";
import { mergeParameters } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { behaviourTolerance, checkFirstStep, requireBehaviour, warnOfMismatch } from "./behaviour.ts";
import { isOfTensors } from "./chunks.ts";
import type { Loss } from "./objective.ts";
import { createOnlyStep } from "./only-step.ts";
import type { CommonOptions } from "./options.ts";
import type { PolicyGradientParts } from "./parts.ts";
import type { Passes, PassTools } from "./passes.ts";
import { createPrepare, type Estimate } from "./prepare.ts";
import { isAll, requireRows, sequenceRows } from "./rows.ts";
import { checkSftMix } from "./sft-mix.ts";
import { hasMovedTooFar, type Numbers, type StepNumbers, summarize } from "./stats.ts";
import { createStep, type MeasuredBatch } from "./step.ts";

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
  const preparation = createPrepare<Obs, R>({ name, parts, rows, estimate, options });
  const step = createStep<Obs>({ name, parts, loss, options, parameters, optimizers });
  const onlyStep =
    options.microBatchSize === null && !sftMix
      ? createOnlyStep<Obs, R>({ name, preparation, step, compile })
      : undefined;

  const update = async (given: R): Promise<Stats> => {
    const at = { name, update: learner.updates };
    await requireFiniteRollout(given, at);
    const { indices, rowCount, sequences } = await requireRows(given, rows, name);
    const rollout = { ...given, ...requireBehaviour<Obs>(given, name) };
    const numbersNow = Object.fromEntries(
      Object.entries(scheduled).map(([name, schedule]) => [name, schedule(learner.updates)]),
    );
    const settings = {
      learningRate: optimizers.learningRate,
      klCoefficient: regularizer?.coefficient,
      ...numbersNow,
    };
    const randomBefore = random?.state();
    const unread: Packed[] = [];
    const read: Numbers[] = [];
    let batch: MeasuredBatch<Obs> | undefined;
    let taken = 0;

    const prepare = (): MeasuredBatch<Obs> => {
      const { batch, metrics } = preparation.prepare(rollout);
      unread.push({ ...metrics, values: tf.clone(metrics.values) });
      return { ...batch, metrics: metrics.values };
    };

    /** @returns the numbers of the latest step. */
    const readAll = async (): Promise<StepNumbers> => {
      const numbers = await readPacked(unread);
      for (const { values } of unread.splice(0)) values.dispose();
      read.push(...numbers);
      return read.at(-1) as StepNumbers;
    };

    const takeStep: PassTools["step"] = async (chosen, { maxApproxKl, isOnly = false } = {}) => {
      const isFirst = read.length === 0;
      const limits = {
        ratioDeviation: isFirst && !isTruncating ? behaviourTolerance : undefined,
        approxKl: maxApproxKl ?? undefined,
        scheduled: numbersNow,
      };
      const those = isAll(chosen, rowCount) ? undefined : chosen;
      if (isOnly && onlyStep && isOfTensors(rollout)) {
        unread.push(...onlyStep(rollout, those, limits));
      } else {
        batch ??= prepare();
        unread.push(step.take(batch, those, limits));
      }
      const numbers = await readAll();
      if (isFirst) {
        requireFiniteStats(read[0]!, at);
        checkFirstStep(numbers, { ...at, isTruncating });
      }
      requireFiniteStats(numbers, at);
      if (limits.approxKl !== undefined && hasMovedTooFar(numbers, limits.approxKl)) return false;
      optimizers.advance();
      taken += 1;
      return true;
    };

    try {
      const epochs = await passes({ name, indices, rowCount, random, step: takeStep });
      const [numbers, ...steps] = read as [Numbers, ...StepNumbers[]];
      const stats = summarize(numbers, steps, { ...settings, epochs }, at);
      if (stats.klNats !== undefined) regularizer?.observe({ klNats: stats.klNats, sequences });
      if (isTruncating) warnOfMismatch(name, stats.ratioDeviation, parts.onWarning);
      learner.countUpdate();
      return stats;
    } catch (error) {
      if (taken === 0 && randomBefore !== undefined) random?.restore(randomBefore);
      throw error;
    } finally {
      const prepared = batch ? [batch.observations, batch.columns, batch.metrics] : [];
      tf.dispose([...prepared, ...unread.map(({ values }) => values)]);
    }
  };

  const { state, restore, dispose } = learner;
  return { actor: policy, update, state, restore, dispose };
};
