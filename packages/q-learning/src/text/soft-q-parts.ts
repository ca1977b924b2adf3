import {
  type Compile,
  InvalidArgumentError,
  type Observations,
  type Policy,
  type Random,
  type ReferencePolicy,
  type ValueFunction,
} from "@accord-rl/core";
import type { OptimizerFactory } from "@accord-rl/learning";
import type { SequenceReplay } from "./sequence-replay.ts";
import type { SoftQOptions } from "./soft-q-options.ts";

/** What soft Q-learning is built from. */
export interface SoftQParts<Obs extends Observations, P extends Policy<Obs>> {
  /** Trained, and given back as `actor`. Starts as a copy of the reference. Stays the caller's to dispose of. */
  readonly policy: P;
  /** V, trained too. */
  readonly values: ValueFunction<Obs>;
  /** π_ref: frozen, and of the same actions. */
  readonly reference: ReferencePolicy<Obs>;
  /** β > 0: reward per nat of KL(policy ‖ reference). The policy ends at π_ref·exp(Q/β). */
  readonly beta: number;
  /** For the parameters of both, or of the policy alone where there is a `valueOptimizer`. */
  readonly optimizer: OptimizerFactory;
  readonly valueOptimizer?: OptimizerFactory;
  /** A copy of `values` with its own parameters: follows them slowly, and says what the ends of paths are worth. */
  readonly targetValues?: ValueFunction<Obs>;
  /** What batches are drawn from; without it, each update learns from its own rollout alone. */
  readonly replay?: SequenceReplay;
  /** Draws the batches. Fork one for this algorithm alone. */
  readonly random: Random;
  /**
   * Makes one call of a step (of each micro-batch's gradient where there are several), and of each evaluation. Default:
   * `interpret`.
   */
  readonly compile?: Compile;
  readonly options?: Partial<SoftQOptions>;
  /** There is none: β is the penalty, inside the soft value. */
  readonly regularizer?: never;
}

const fail = (argument: string, value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument, value, message: `createSoftQLearning: ${message}` });
};

/** @throws InvalidArgumentError for a β that is none, or a regularizer beside it. */
export const checkSoftQParts = ({
  beta,
  regularizer,
}: {
  readonly beta: number;
  readonly regularizer?: unknown;
}): void => {
  if (!(beta > 0 && Number.isFinite(beta))) {
    fail("beta", beta, `beta is ${beta}, expected a number above 0, in units of reward per nat`);
  }
  if (regularizer !== undefined) {
    fail("regularizer", regularizer, "got a regularizer; leave it out: beta is the KL penalty");
  }
};
