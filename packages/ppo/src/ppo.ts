/**
 * Proximal policy optimization.
 *
 * One update, given a rollout of the current policy:
 * 1. Values V_old of all states, and the reference's log-probs, while the parameters still equal the behaviour's.
 * 2. Shaped rewards: r − β·k1, where the regularizer stands in the reward.
 * 3. Advantages: δ_t = r_t + γV(s_{t+1}) − V(s_t), Â_t = Σ (γλ)^l δ_{t+l}; returns Â + V_old; then Â whitened.
 * 4. Epochs over shuffled minibatches of
 *      L = Σ w·( max(−ρÂ, −clip(ρ, 1 ± ε)Â) + c_v·½max((V − R)², (clip(V, V_old ± ε_v) − R)²) + β·kl − c_e·H )
 * 5. One optimizer step per minibatch, however many micro-batches it is computed in.
 * 6. The measured KL goes to the regularizer's controller.
 *
 * Deviations from the papers are in the README.
 *
 * @see Schulman et al. 2017. https://arxiv.org/abs/1707.06347
 * @see Ziegler et al. 2019, for language models. https://arxiv.org/abs/1909.08593
 */
import type { Algorithm, Observations, Policy, Rollout, Stats } from "@accord-rl/core";
import {
  accumulateGradients,
  addGradients,
  gae,
  globalNorm,
  gradientStep,
  mergeParameters,
  tokenMean,
  whiten,
} from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkFirstStep, requireBehaviour, truncatedImportance, warnOfMismatch } from "./behaviour.ts";
import {
  compileRollout,
  evenParts,
  inChunks,
  layOut,
  type MicroBatch,
  microBatches,
  type PpoBatch,
  takeRows,
} from "./ppo-batch.ts";
import { batchMetrics, shapeRewards } from "./ppo-estimates.ts";
import { ppoObjective } from "./ppo-objective.ts";
import { createPpoOptimizers } from "./ppo-optimizers.ts";
import { resolvePpoOptions } from "./ppo-options.ts";
import type { PpoParts } from "./ppo-parts.ts";
import { createPpoState } from "./ppo-state.ts";
import { hasMovedTooFar, readStats, type StepNumbers } from "./ppo-stats.ts";
import { requireRows, sequenceRows, sequencesAtOnce } from "./rows.ts";
import { checkSftMix, sftMixGradients } from "./sft-mix.ts";

/**
 * Builds PPO. `update` takes a rollout sampled by the current policy and leaves it to the caller to dispose of.
 *
 * @throws InvalidArgumentError for impossible options, here; and in `update` for a rollout without behaviour
 *   log-probs, one of another policy (ratio not 1), or one in which nothing takes part. `update` changes nothing then.
 */
export const createPpo = <Obs extends Observations, P extends Policy<Obs> = Policy<Obs>>(
  parts: PpoParts<Obs, P>,
): Algorithm<P, Rollout<Obs>> => {
  const { policy, values: valueFunction, regularizer, sftMix, random, compile, rows = sequenceRows } = parts;
  const options = resolvePpoOptions(parts.options);
  checkSftMix(sftMix?.coefficient);
  const { microBatchSize, minibatches, aggregation, whitening } = options;
  const isTruncating = options.behaviourMismatch === "warn-and-truncate";
  const parameters = mergeParameters({ policy: policy.parameters, values: valueFunction.parameters });
  const optimizers = createPpoOptimizers(parameters, parts);
  const saved = createPpoState({
    policy,
    values: valueFunction,
    optimizers,
    regularizer,
    random,
    parameters,
  });
  const lossRegularizer = regularizer?.placement === "loss" ? regularizer : undefined;

  const objectiveGradients = gradientStep(
    (micro: MicroBatch<Obs>) =>
      ppoObjective({ policy, values: valueFunction, lossRegularizer, options }, micro),
    parameters,
    compile,
  );
  const valuesOf = compileRollout((part: Rollout<Obs>) => valueFunction.valuesAndNext(part), compile);
  const logProbsOf = compileRollout((part: Rollout<Obs>) => policy.evaluate(part), compile);
  const referenceOf =
    regularizer && compileRollout((part: Rollout<Obs>) => regularizer.evaluateReference(part), compile);

  /** No gradient: everything that stays fixed over the epochs. */
  const prepare = (given: Rollout<Obs>) =>
    tf.tidy(() => {
      const rollout = requireBehaviour(given);
      const { actions, mask, behaviourLogProbs } = rollout;
      const inParts = <R extends object>(fn: (part: Rollout<Obs>) => R): R =>
        inChunks(rollout, sequencesAtOnce(rollout, rows, microBatchSize), fn);

      const { values, nextValues } = inParts(valuesOf); // [B, T]
      const reference = referenceOf && inParts(referenceOf); // [B, T]
      const local = isTruncating ? inParts(logProbsOf) : undefined; // [B, T]
      const rewards = shapeRewards(rollout, regularizer, reference, options); // [B, T]
      const { advantages, returns } = gae({ ...rollout, rewards, values, nextValues }, options); // [B, T]
      const whitened =
        whitening && whitening.scope !== "minibatch" ? whiten(advantages, mask, whitening) : advantages;
      const correction = local && truncatedImportance(local.logProbs, rollout);

      const columns = {
        actions,
        mask,
        behaviourLogProbs,
        oldLogProbs: local?.logProbs ?? behaviourLogProbs,
        oldValues: values,
        advantages: whitened,
        returns,
        ...(correction && { importance: correction.weights }),
        ...(lossRegularizer && reference && { referenceLogProbs: reference.logProbs }),
        ...(lossRegularizer && reference?.distribution && { referenceDistribution: reference.distribution }),
      } as PpoBatch<Obs>["columns"];
      const metrics: Record<string, Scalar> = {
        ...batchMetrics({ rollout, reference, values, advantages, returns }),
        ...(correction && { ratioDeviation: correction.deviation }),
      };
      return { batch: layOut({ observations: rollout.observations, columns }, rows), metrics };
    });

  /** Gradients of one minibatch, and its numbers. */
  const differentiate = (batch: PpoBatch<Obs>, indices: readonly number[]) =>
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
      return { gradients: all, deviation: tf.max<Scalar>(deviations), numbers: numbers as StepNumbers };
    });

  const update = async (rollout: Rollout<Obs>): Promise<Stats> => {
    const { indices, sequences } = await requireRows(rollout, rows, minibatches);
    const stepsPerEpoch = Math.min(minibatches, indices.length);
    const settings = { learningRate: optimizers.learningRate, klCoefficient: regularizer?.coefficient };
    const randomBefore = random.state();
    const { batch, metrics } = prepare(rollout);
    const steps: StepNumbers[] = [];
    let taken = 0;
    try {
      epochs: for (let epoch = 0; epoch < options.epochs; epoch++) {
        const order = random.shuffle(indices);
        for (const [start, end] of evenParts(order.length, stepsPerEpoch)) {
          const { gradients, deviation, numbers } = differentiate(batch, order.slice(start, end));
          const isFirst = steps.push(numbers) === 1;
          metrics.ratioDeviation ??= tf.clone(deviation);
          try {
            if (isFirst) await checkFirstStep(deviation, numbers, { isTruncating, update: saved.updates });
            if (await hasMovedTooFar(numbers, options)) break epochs;
            optimizers.apply(gradients);
            taken += 1;
          } finally {
            tf.dispose([gradients, deviation]);
          }
        }
      }
      const set = { ...settings, epochs: taken / stepsPerEpoch };
      const stats = await readStats(metrics, steps, set, saved.updates);
      if (stats.klNats !== undefined) regularizer?.observe({ klNats: stats.klNats, sequences });
      if (isTruncating) warnOfMismatch(stats.ratioDeviation, parts.onWarning);
      saved.countUpdate();
      return stats;
    } catch (error) {
      if (taken === 0) random.restore(randomBefore);
      throw error;
    } finally {
      tf.dispose([batch.observations, batch.columns, metrics, ...steps]);
    }
  };

  return { actor: policy, update, state: saved.state, restore: saved.restore, dispose: optimizers.dispose };
};
