/**
 * Deep Q-learning for control.
 *
 * One update, given a rollout:
 * 1. Its steps become transitions of n steps, (s, a, R, γ^m, s'), and go into the replay buffer.
 * 2. Then, for each of the gradient steps, a minibatch from the buffer:
 *      a* = argmax Q̄(s', ·), or argmax Q(s', ·) with `double`;   y = R + γ^m·Q̄(s', a*);   L = loss(Q(s, a), y)
 *    with the loss, and with it the form of Q (numbers, quantiles, categories), passed in.
 * 3. One optimizer step; the target network Q̄ follows, or is copied every so often.
 * 4. A buffer with priorities is told the errors.
 *
 * The steps of one update run in few calls, several gradient steps each. Deviations are in the README.
 *
 * @see Mnih et al. 2015, algorithm 1. https://doi.org/10.1038/nature14236
 * @see Hessel et al. 2018, for the combination of its extensions. https://arxiv.org/abs/1710.02298
 */
import type { QFunction, Stats } from "@accord-rl/core";
import { checkTarget, requireFiniteRollout } from "@accord-rl/learning";
import { takeGradientSteps } from "./dqn-learning.ts";
import { tdLoss } from "./dqn-loss.ts";
import { resolveDqnOptions } from "./dqn-options.ts";
import type { Dqn, DqnParts } from "./dqn-parts.ts";
import { createDqnState, type DqnCounters } from "./dqn-state.ts";
import { createDqnSteps } from "./dqn-steps.ts";
import { createGreedyActor, createQActor } from "./q-actor.ts";
import { uniformReplay } from "./replay.ts";
import { createStepWindows } from "./step-windows.ts";
import { readSteps, type Steps } from "./steps.ts";
import { hardTarget } from "./target-update.ts";

/** Sums over a rollout, per environment. */
const rolloutStats = ({ rows, rewards, valid }: Steps): Stats & { readonly length: number } => {
  let [reward, length] = [0, 0];
  for (let cell = 0; cell < valid.length; cell++) {
    reward += (rewards[cell]! * valid[cell]!) / rows;
    length += valid[cell]! / rows;
  }
  return { reward, length };
};

/**
 * Builds DQN and its kin. `update` takes a rollout of any behaviour and leaves it to the caller to dispose of; collect
 * with `actor`, evaluate with `greedy`.
 *
 * @throws InvalidArgumentError for impossible options, here; NonFiniteError, in `update`, for a rollout with a number
 *   that is not finite, which changes nothing, and for a gradient step with one. That step changes nothing and none comes
 *   after it; what the rollout added to the replay stays.
 */
export const createDqn = <Q extends QFunction>(parts: DqnParts<Q>): Dqn => {
  const { q, random, exploration, compile } = parts;
  const options = resolveDqnOptions(parts.options);
  const replay = parts.replay ?? uniformReplay({ capacity: 100_000 });
  const targetUpdate = parts.target ?? hardTarget({ every: 1000 });
  const target = q.clone() as Q;
  checkTarget("createDqn", target.parameters, q.parameters);
  const windows = createStepWindows(options);
  const counters: DqnCounters = { updates: 0, gradientSteps: 0, environmentSteps: 0, actedSteps: 0 };
  const { optimizer } = parts;
  const learner = createDqnState({ q, target, optimizer, replay, windows, random, counters });
  const { optimizers } = learner;
  const run = createDqnSteps<Q>({
    q,
    target,
    loss: parts.loss ?? tdLoss(),
    optimizers,
    targetUpdate,
    double: options.double,
    batchSize: options.batchSize,
    compile,
  });

  const actor = createQActor({
    q,
    exploration: (values, step) =>
      step < options.learningStarts
        ? new Float32Array(values.length).fill(1 / values.length)
        : exploration(values, step),
    nextStep: () => counters.actedSteps++,
  });

  const learn = async (observationShape: readonly number[]): Promise<Stats> => {
    const { learningRate } = optimizers;
    const context = { q, target, replay, optimizers, targetUpdate, random, options, observationShape };
    const numbers = await takeGradientSteps({ ...context, counters, run });
    return { ...numbers, learningRate };
  };

  return {
    actor,
    greedy: createGreedyActor(q),
    update: async (rollout) => {
      await requireFiniteRollout(rollout, { name: "dqn", update: counters.updates });
      const steps = await readSteps(rollout);
      const stats = rolloutStats(steps);
      for (const transition of windows.push(steps)) replay.add(transition);
      counters.environmentSteps += Math.round(stats.length * steps.rows);
      const isReady = counters.environmentSteps >= options.learningStarts && replay.size > 0;
      const learned = isReady ? await learn(steps.observationShape) : {};
      learner.countUpdate();
      const { environmentSteps, gradientSteps } = counters;
      return { ...stats, ...learned, environmentSteps, gradientSteps, replaySize: replay.size };
    },
    state: learner.state,
    restore: learner.restore,
    dispose: () => {
      learner.dispose();
      target.dispose();
    },
  };
};
