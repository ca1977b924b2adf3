/**
 * Implicit language Q-learning: learns from what others wrote and how it was rated, and never asks what an unseen token
 * would be worth.
 *
 * One update, given logged responses:
 * 1. Two Q functions learn r + γ·V(s') (or a longer λ-return), V the τ-expectile of the smaller slow Q̂: what the better tokens of the data lead to.
 * 2. A conservative term keeps Q of tokens that were not said low; the language model goes on cloning the data.
 * 3. Every few updates the slow copies move towards the Qs.
 * Its actor then says π·exp(β·(Q̂ − V)): the language model, steered token by token.
 *
 * @see Snell et al. 2022, Offline RL for natural language generation with implicit language Q learning.
 *   https://arxiv.org/abs/2206.11871
 */
import {
  type Algorithm,
  type Compile,
  type Decisions,
  InvalidArgumentError,
  type LanguageModel,
  type LogitsGuide,
  type Parameters,
  type Random,
  type Rollout,
  type Stats,
  type TextActor,
  type TextObservations,
} from "@accord-rl/core";
import {
  createBatchStep,
  createLearnerState,
  followParameters,
  type Optimized,
  type OptimizerFactory,
  requireFiniteRollout,
} from "@accord-rl/learning";
import { compileTree, mergeParameters } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { microBatches } from "./batches.ts";
import { createIlqlHeads } from "./ilql-heads.ts";
import { type IlqlBatch, ilqlObjective, statesOf } from "./ilql-objective.ts";
import { type IlqlOptions, resolveIlqlOptions } from "./ilql-options.ts";
import { rolloutRows, rolloutStats } from "./rollout-rows.ts";
import type { SequenceRow } from "./sequence-rows.ts";
import { targetPart } from "./target-parameters.ts";

/** What ILQL is built from. */
export interface IlqlParts<A extends TextActor> {
  /** Starts as the supervised model; trained with the heads unless `trainModel` is false. Stays the caller's. */
  readonly model: LanguageModel;
  /** Builds what speaks: usually `(guide) => createTextPolicy(model, { guide, temperature })` on the same model. */
  readonly createActor: (guide: LogitsGuide) => A;
  /** For the model and the heads, or for the model alone where there is a `headOptimizer`. */
  readonly optimizer: OptimizerFactory;
  readonly headOptimizer?: OptimizerFactory;
  /** First weights of the heads' hidden layers. */
  readonly random: Random;
  /** Makes one call of a step, or of each micro-batch's gradient where there are several. Default: `interpret`. */
  readonly compile?: Compile;
  readonly options?: Partial<IlqlOptions>;
  /** There is none: decoding's β says how far the actor may go. */
  readonly regularizer?: never;
}

export interface Ilql<A extends TextActor> extends Algorithm<A, Rollout<TextObservations>> {
  /** Steers with another β than the actor's. It uses the heads as they are when it is called. */
  guide(beta: number): LogitsGuide;
}

/** @throws InvalidArgumentError where an optimizer would have nothing to do, or a regularizer was given. */
const optimizedParts = (
  ofModel: Parameters,
  ofHeads: Parameters,
  {
    optimizer,
    headOptimizer,
    regularizer,
  }: Pick<IlqlParts<TextActor>, "optimizer" | "headOptimizer"> & {
    readonly regularizer?: unknown;
  },
): Record<string, Optimized> => {
  const fail = (argument: string, value: unknown, message: string): never => {
    throw new InvalidArgumentError({ argument, value, message: `createIlql: ${message}` });
  };
  if (regularizer !== undefined)
    fail("regularizer", regularizer, "got a regularizer; leave it out: beta says how far the actor may go");
  if (headOptimizer === undefined)
    return { optimizer: { parameters: { ...ofModel, ...ofHeads }, optimizer } };
  if (Object.keys(ofModel).length === 0)
    fail(
      "headOptimizer",
      headOptimizer,
      "got a headOptimizer, but the model is frozen; leave it out, the optimizer is the heads'",
    );
  return {
    optimizer: { parameters: ofModel, optimizer },
    headOptimizer: { parameters: ofHeads, optimizer: headOptimizer },
  };
};

/**
 * Builds ILQL. `update` takes logged responses (`loggedRollout`), makes one optimizer step on them, and leaves them to
 * the caller to dispose of.
 *
 * @throws InvalidArgumentError for impossible options, here; and in `update` for a rollout in which nothing takes part.
 *   NonFiniteError before a step that would spread a NaN.
 */
export const createIlql = <A extends TextActor>(parts: IlqlParts<A>): Ilql<A> => {
  const { model, compile } = parts;
  const options = resolveIlqlOptions(parts.options);
  const { trainModel, hiddenWidth, targetRate, targetEvery } = options;
  const { width, vocabularySize } = model;
  const heads = createIlqlHeads({ width, vocabularySize, hiddenWidth, random: parts.random });
  const ofModel = trainModel ? mergeParameters({ model: model.parameters }) : {};
  const ofHeads = mergeParameters({ heads: heads.parameters });
  const parameters = { ...ofModel, ...ofHeads };
  const learner = createLearnerState({
    name: "ilql",
    optimized: optimizedParts(ofModel, ofHeads, parts),
    parameters: { ...parameters, ...mergeParameters({ targets: heads.targetParameters }) },
    parts: {
      ...(trainModel && { model }),
      heads: targetPart(heads.parameters, "ilql.restore"),
      targets: targetPart(heads.targetParameters, "ilql.restore"),
    },
  });

  const takeStep = createBatchStep({
    name: "ilql",
    loss: (batch: IlqlBatch) => ilqlObjective({ model, heads, options }, batch),
    parameters,
    optimizers: learner.optimizers,
    compile,
  });
  const frozenStates = compileTree(
    (decisions: Decisions<TextObservations>) => ({ states: statesOf(model, decisions) }),
    compile,
  );

  /** A part of the batch at a time; where the model is frozen, its states are computed outside the gradient. */
  function* partsOf(rows: readonly SequenceRow[]): Generator<IlqlBatch> {
    for (const { rows: _, ...micro } of microBatches<TextObservations>(rows, options)) {
      const decisions = { observations: micro.observations, actions: micro.columns.actions };
      yield { ...micro, ...(!trainModel && { states: tf.tidy(() => frozenStates(decisions).states) }) };
    }
  }

  const update = async (rollout: Rollout<TextObservations>): Promise<Stats> => {
    await requireFiniteRollout(rollout, { name: "ilql", update: learner.updates });
    const rows = await rolloutRows(rollout, "ilql.update");
    const { learningRate } = learner.optimizers;
    const numbers = await takeStep(() => partsOf(rows), learner.updates);
    learner.countUpdate();
    if (learner.updates % targetEvery === 0) {
      followParameters(heads.targetParameters, heads.parameters, targetRate);
    }
    return { ...rolloutStats(rows), ...numbers, learningRate };
  };

  // V(s) is the same for all tokens: the softmax takes it away.
  const guide =
    (beta: number): LogitsGuide =>
    ({ logits, hidden }) =>
      tf.tidy(() => tf.add(logits, tf.mul(heads.allTargets(hidden), beta)));

  const { state, restore } = learner;
  return {
    actor: parts.createActor(guide(options.beta)),
    guide,
    update,
    state,
    restore,
    dispose: () => {
      learner.dispose();
      heads.dispose();
    },
  };
};
