/**
 * What every on-policy algorithm does with a rollout of the current policy:
 * 1. Prepare, without gradient: values, the reference's log-probs, shaped rewards r − β·k1, advantages, whitening.
 * 2. Pass over the rows once or more. Each step takes the gradient of
 *      L = Σ w·(policyLoss + c_v·valueLoss + β·kl − c_e·H)
 *    in as many micro-batches as memory asks for, and makes one optimizer step.
 * 3. Check that scoring agrees with what was sampled, before the first step changes anything.
 * 4. Read the numbers once, and tell the measured KL to the regularizer's controller.
 *
 * An algorithm is how it estimates advantages, its loss per token, and how it passes over the rows.
 */
import type { Algorithm, Observations, Policy, Rollout, Stats } from "@accord-rl/core";
import {
  accumulateGradients,
  addGradients,
  globalNorm,
  gradientStep,
  mergeParameters,
  tokenMean,
  whiten,
} from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { type Batch, type MicroBatch, microBatches, takeRows } from "./batch.ts";
import { checkFirstStep, warnOfMismatch } from "./behaviour.ts";
import { createLearnerState } from "./learner-state.ts";
import { type Loss, objective } from "./objective.ts";
import { createOptimizers } from "./optimizers.ts";
import type { CommonOptions } from "./options.ts";
import type { PolicyGradientParts } from "./parts.ts";
import type { Passes } from "./passes.ts";
import { createPrepare, type Estimate } from "./prepare.ts";
import { requireRows, sequenceRows } from "./rows.ts";
import { checkSftMix, sftMixGradients } from "./sft-mix.ts";
import { hasMovedTooFar, readStats, type StepNumbers } from "./stats.ts";

/** What makes one on-policy algorithm differ from another. */
export interface PolicyGradientMethod<R extends Rollout = Rollout> {
  /** In lower case; names the algorithm's part of the state and stands in its errors. */
  readonly name: string;
  readonly options: CommonOptions;
  /** Advantages and returns, [B, T]. No gradient. */
  readonly estimate: Estimate<R>;
  /** Per token, with gradient. */
  readonly loss: Loss;
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
  { name, options, estimate, loss, passes }: PolicyGradientMethod<R>,
): Algorithm<P, R> => {
  const { policy, values, regularizer, sftMix, random, compile, rows = sequenceRows } = parts;
  const where = `create${name[0]!.toUpperCase()}${name.slice(1)}`;
  checkSftMix(sftMix?.coefficient, where);
  const { microBatchSize, aggregation, whitening } = options;
  const isTruncating = options.behaviourMismatch === "warn-and-truncate";
  const parameters = mergeParameters({
    policy: policy.parameters,
    ...(values && { values: values.parameters }),
  });
  const optimizers = createOptimizers(parameters, parts, where);
  const saved = createLearnerState({ name, policy, values, optimizers, regularizer, random, parameters });
  const lossRegularizer = regularizer?.placement === "loss" ? regularizer : undefined;
  const prepare = createPrepare<Obs, R>({ name, parts, rows, estimate, options });
  const objectiveGradients = gradientStep(
    (micro: MicroBatch<Obs>) => objective({ policy, values, lossRegularizer, loss, options }, micro),
    parameters,
    compile,
    `${name}.gradients`,
  );

  /** Gradients of one minibatch, and its numbers. */
  const differentiate = (batch: Batch<Obs>, indices: readonly number[]) =>
    tf.tidy(() => {
      const minibatch = takeRows(batch, indices);
      const { mask, advantages } = minibatch.columns;
      const columns =
        whitening?.scope === "minibatch"
          ? { ...minibatch.columns, advantages: whiten(advantages, mask, whitening) }
          : minibatch.columns;
      const cut = { weights: aggregation(mask), share: tokenMean(mask), size: microBatchSize };
      const { loss, gradients, auxiliary } = accumulateGradients(
        microBatches({ ...minibatch, columns }, cut, lossRegularizer?.coefficient),
        objectiveGradients,
      );
      const mix = sftMix && sftMixGradients(sftMix, policy, parameters);
      const all = mix ? addGradients(gradients, mix.gradients) : gradients;
      const { deviations, ...sums } = auxiliary;
      const numbers = { loss, gradientNorm: globalNorm(all), ...sums, ...(mix && { sftLoss: mix.loss }) };
      return { gradients: all, deviation: tf.max<tf.Scalar>(deviations), numbers: numbers as StepNumbers };
    });

  const update = async (rollout: R): Promise<Stats> => {
    const { indices, rowCount, sequences } = await requireRows(rollout, rows, name);
    const settings = { learningRate: optimizers.learningRate, klCoefficient: regularizer?.coefficient };
    const randomBefore = random?.state();
    const { batch, metrics } = prepare(rollout);
    const at = { name, update: saved.updates };
    const steps: StepNumbers[] = [];
    let taken = 0;

    const step: Parameters<Passes>[0]["step"] = async (chosen, limits = {}) => {
      const { gradients, deviation, numbers } = differentiate(batch, chosen);
      const isFirst = steps.push(numbers) === 1;
      metrics.ratioDeviation ??= tf.clone(deviation);
      try {
        if (isFirst) await checkFirstStep(deviation, numbers, { ...at, isTruncating });
        if (await hasMovedTooFar(numbers, limits)) return false;
        optimizers.apply(gradients);
        taken += 1;
        return true;
      } finally {
        tf.dispose([gradients, deviation]);
      }
    };

    try {
      const epochs = await passes({ name, indices, rowCount, random, step });
      const stats = await readStats(metrics, steps, { ...settings, epochs }, at);
      if (stats.klNats !== undefined) regularizer?.observe({ klNats: stats.klNats, sequences });
      if (isTruncating) warnOfMismatch(name, stats.ratioDeviation, parts.onWarning);
      saved.countUpdate();
      return stats;
    } catch (error) {
      if (taken === 0 && randomBefore !== undefined) random?.restore(randomBefore);
      throw error;
    } finally {
      tf.dispose([batch.observations, batch.columns, metrics, ...steps]);
    }
  };

  return { actor: policy, update, state: saved.state, restore: saved.restore, dispose: optimizers.dispose };
};
