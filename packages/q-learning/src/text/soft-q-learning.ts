/**
 * Soft Q-learning under a KL penalty, for language models and other policies with a reference.
 *
 * Q is parametrised by the policy itself, Q(s, a) = V(s) + β·(log π_θ(a|s) − log π_ref(a|s)), so that
 *   π_θ ∝ π_ref·exp(Q/β)   and   V(s) = β·log Σ_a π_ref(a|s)·exp(Q(s, a)/β)   hold at any θ,
 * and it starts exactly at the reference. One update, given a rollout:
 * 1. The reference's log-probs of the new sequences, once; then they go into the replay with them.
 * 2. For each optimizer step, sequences from the replay, or from the rollout where there is none.
 * 3. Along paths from s_i to the successor of s_j, the inconsistency
 *      C(i, j) = Σ_{k=i..j} γ^{k−i}·(r_k − β·log π/π_ref) + γ^{j−i+1}·V(s_{j+1}) − V(s_i)
 *    is pushed to 0 by its square. It holds for actions of any origin: no importance ratio, no clipping.
 * 4. The target values, where there are any, follow.
 *
 * @see Nachum et al. 2017, Bridging the gap between value and policy based RL. https://arxiv.org/abs/1702.08892
 * @see Guo et al. 2021, Text generation with efficient (soft) Q-learning. https://arxiv.org/abs/2106.07704
 */
import type { Algorithm, Decisions, Observations, Policy, Rollout, Stats, TensorData } from "@accord-rl/core";
import {
  checkTarget,
  createBatchStep,
  createLearnerState,
  followParameters,
  meanStats,
  policyAndValueOptimizers,
  randomPart,
  requireFiniteRollout,
} from "@accord-rl/learning";
import { compileTree, mergeParameters } from "@accord-rl/math";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { drawPasses, microBatches } from "./batches.ts";
import { isCut, rolloutRows, rolloutStats, toTensors, withoutBehaviour } from "./rollout-rows.ts";
import { evenParts, readRows, type SequenceRow } from "./sequence-rows.ts";
import { type SoftQBatch, type SoftQColumns, softQObjective } from "./soft-q-objective.ts";
import { resolveSoftQOptions } from "./soft-q-options.ts";
import { checkSoftQParts, type SoftQParts } from "./soft-q-parts.ts";
import { targetPart } from "./target-parameters.ts";

/**
 * Builds soft Q-learning. `update` takes a rollout of any origin and leaves it to the caller to dispose of.
 *
 * @throws InvalidArgumentError for impossible options, here; and in `update` for a rollout in which nothing takes part,
 *   or whose shapes are not those in the replay. NonFiniteError before a step that would spread a NaN.
 */
export const createSoftQLearning = <Obs extends Observations, P extends Policy<Obs> = Policy<Obs>>(
  parts: SoftQParts<Obs, P>,
): Algorithm<P, Rollout<Obs>> => {
  const { policy, values, reference, beta, targetValues, replay, random, compile } = parts;
  checkSoftQParts(parts);
  const options = resolveSoftQOptions(parts.options);
  const { steps, microBatchSize, targetRate } = options;
  const target = targetValues?.parameters;
  if (target) checkTarget("createSoftQLearning", target, values.parameters);
  const parameters = mergeParameters({ policy: policy.parameters, values: values.parameters });
  const learner = createLearnerState({
    name: "softQLearning",
    optimized: policyAndValueOptimizers(parameters, parts, "createSoftQLearning"),
    parameters: mergeParameters({ parameters }, target ? { target } : {}),
    random,
    parts: {
      policy,
      values,
      ...(target && { targetValues: targetPart(target, "softQLearning.restore") }),
      random: randomPart(random),
      ...(replay && { replay }),
    },
  });

  const takeStep = createBatchStep({
    name: "softQLearning",
    loss: (batch: SoftQBatch<Obs>) =>
      softQObjective({ policy, values, hasTarget: targetValues !== undefined, beta, options }, batch),
    parameters,
    optimizers: learner.optimizers,
    compile,
  });
  const referenceOf = compileTree(
    (decisions: Decisions<Obs>) => ({ logProbs: reference.evaluate(decisions).logProbs }),
    compile,
  );
  const nextValuesOf = compileTree(
    (rollout: { observations: Obs } & Omit<SoftQColumns, "referenceLogProbs">) => ({
      nextValues: (targetValues ?? values).valuesAndNext({ ...rollout, policyVersion: 0, extras: {} })
        .nextValues,
    }),
    compile,
  );

  /** The sequences of a rollout with the reference's log-probs. */
  const observe = async (rollout: Rollout<Obs>): Promise<SequenceRow[]> => {
    const rows = await rolloutRows(rollout, "softQLearning.update");
    const logProbs: TensorData[] = [];
    for (const [start, end] of evenParts(rows.length, microBatchSize)) {
      const evaluated = tf.tidy(() => {
        const { observations, columns } = toTensors<Obs>(rows.slice(start, end));
        return referenceOf({ observations, actions: columns.actions }).logProbs;
      });
      logProbs.push(...(await readRows({ evaluated })).map((row) => row.evaluated!));
      evaluated.dispose();
    }
    return rows.map((row, i) => ({ ...row, referenceLogProbs: logProbs[i]! }));
  };

  /** One step's sequences, a part at a time, with the values of their successors. */
  function* partsOf(rows: readonly SequenceRow[]): Generator<SoftQBatch<Obs>> {
    for (const { rows: part, ...micro } of microBatches<Obs>(rows, options)) {
      const columns = micro.columns as SoftQColumns;
      const { referenceLogProbs: _, ...rollout } = columns;
      const counts = targetValues !== undefined || part.some(isCut);
      const nextValues = counts
        ? tf.tidy(() => nextValuesOf({ observations: micro.observations, ...rollout }).nextValues)
        : (tf.zerosLike(columns.mask) as Tensor2D);
      yield { ...micro, columns, nextValues };
    }
  }

  const step = async (rows: readonly SequenceRow[]): Promise<Stats> => {
    const numbers = await takeStep(() => partsOf(rows), learner.updates);
    if (target) followParameters(target, values.parameters, targetRate);
    return numbers;
  };

  const update = async (rollout: Rollout<Obs>): Promise<Stats> => {
    await requireFiniteRollout(rollout, { name: "softQLearning", update: learner.updates });
    const rows = await observe(rollout);
    const { learningRate } = learner.optimizers;
    const size = options.batchSize ?? rows.length;
    const fresh = rows.map(withoutBehaviour);
    replay?.add(fresh);
    const batches = drawPasses(fresh, { steps: replay ? 0 : steps, size, random });
    const taken: Stats[] = [];
    for (let index = 0; index < steps; index++) {
      taken.push(await step(replay?.sample(size, random) ?? batches[index]!));
    }
    learner.countUpdate();
    return {
      ...rolloutStats(rows),
      ...meanStats(taken),
      beta,
      learningRate,
      ...(replay && { replaySize: replay.size }),
    };
  };

  const { state, restore, dispose } = learner;
  return { actor: policy, update, state, restore, dispose };
};
