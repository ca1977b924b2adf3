import type {
  Actor,
  Algorithm,
  Compile,
  ControlObservations,
  QFunction,
  Random,
  Rollout,
} from "@accord-rl/core";
import type { OptimizerFactory } from "@accord-rl/learning";
import type { DqnLoss } from "./dqn-loss.ts";
import type { DqnOptions } from "./dqn-options.ts";
import type { Exploration } from "./exploration.ts";
import type { Replay } from "./replay.ts";
import type { TargetUpdate } from "./target-update.ts";

/** What DQN is built from. */
export interface DqnParts<Q extends QFunction> {
  /** Trained. Stays the caller's to dispose of. */
  readonly q: Q;
  readonly optimizer: OptimizerFactory;
  /** Draws the minibatches. Fork one for DQN alone. */
  readonly random: Random;
  /** What is played while learning: `epsilonGreedy`, `boltzmann`, or a function of one's own. */
  readonly exploration: Exploration;
  /** Default: `uniformReplay` of 100,000 transitions. */
  readonly replay?: Replay;
  /** Default: `hardTarget` every 1000 gradient steps. */
  readonly target?: TargetUpdate;
  /** Default: `tdLoss()`. A distributional one takes a Q function of its kind. */
  readonly loss?: DqnLoss<NoInfer<Q>>;
  /** Makes one call of several gradient steps. Default: `interpret`. */
  readonly compile?: Compile;
  readonly options?: Partial<DqnOptions>;
}

/** `actor` explores; `greedy` plays the best action, for evaluation. */
export interface Dqn extends Algorithm<Actor, Rollout<ControlObservations>> {
  readonly greedy: Actor;
}
