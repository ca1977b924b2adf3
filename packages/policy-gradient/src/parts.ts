import type { Compile, KlRegularizer, Observations, Policy, Random, ValueFunction } from "@accord-rl/core";
import type { OptimizerFactory } from "@accord-rl/learning";
import type { RowLayout } from "./rows.ts";
import type { SftMix } from "./sft-mix.ts";

/** What every on-policy algorithm is built from. */
export interface PolicyGradientParts<Obs extends Observations, P extends Policy<Obs>> {
  /** Trained, and given back as `actor`. Stays the caller's to dispose of. */
  readonly policy: P & Policy<Obs>;
  /** Trained too; where it shares its trunk with the policy, both come from one forward pass. */
  readonly values?: ValueFunction<Obs>;
  /** For the parameters of both, or of the policy alone where there is a `valueOptimizer`. */
  readonly optimizer: OptimizerFactory;
  readonly valueOptimizer?: OptimizerFactory;
  /** Shuffles the minibatches. Fork one for the algorithm alone. */
  readonly random?: Random;
  readonly regularizer?: KlRegularizer<Obs>;
  readonly sftMix?: SftMix<Obs>;
  /** What minibatches are cut from: `sequenceRows` (default) or, for control, `stepRows`. */
  readonly rows?: RowLayout;
  /** Told when log-probs disagree under `behaviourMismatch: "warn-and-truncate"`. */
  readonly onWarning?: (message: string) => void;
  /**
   * Makes one call of preparing a rollout, and one of each step with its optimizer's update (where there is a single
   * step, one of all); where micro-batches bound the memory, one of each evaluation, gradient and update. Value functions
   * then see the rollout's tensors alone, without groups and extras. Default: `interpret`.
   */
  readonly compile?: Compile;
}
