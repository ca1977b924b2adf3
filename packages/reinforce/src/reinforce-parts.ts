import {
  type GroupedRollout,
  InvalidArgumentError,
  type Observations,
  type Policy,
  type Rollout,
} from "@accord-rl/core";
import type { LossAggregation, SequenceAggregation } from "@accord-rl/math";
import type { PolicyGradientParts } from "@accord-rl/policy-gradient";
import type { AdvantageEstimator } from "./advantages.ts";
import type { ReinforceOptions } from "./reinforce-options.ts";
import type { Surrogate, SurrogateLevel } from "./surrogate.ts";

/** A loss of whole sequences needs an aggregation under which each of them counts the same. */
export type AggregationFor<L extends SurrogateLevel> = [L] extends ["sequence"]
  ? SequenceAggregation
  : LossAggregation;

/** What an algorithm with these advantages learns from. */
export type RolloutFor<Obs extends Observations, E extends AdvantageEstimator> = Parameters<E>[0] extends {
  readonly groups: Int32Array;
}
  ? GroupedRollout<Obs>
  : Rollout<Obs>;

/** What REINFORCE is built from. */
export interface ReinforceParts<
  Obs extends Observations,
  P extends Policy<Obs>,
  E extends AdvantageEstimator,
  L extends SurrogateLevel,
> extends Omit<PolicyGradientParts<Obs, P>, "rows"> {
  /** How advantages are estimated. */
  readonly advantages: E;
  /** The policy's loss. Default: `plainGradient`. */
  readonly surrogate?: Surrogate<L>;
  /** How tokens become one loss, over the minibatch. Default `tokenMean`; for a ratio of sequences `sequenceMean`. */
  readonly aggregation?: NoInfer<AggregationFor<L>>;
  readonly options?: Partial<ReinforceOptions>;
}

/** @throws InvalidArgumentError when parts are put together that would learn something else than they say. */
export const checkParts = (
  where: string,
  {
    surrogate,
    aggregation,
    advantages,
    hasValues,
    minibatches,
    hasRandom,
    hasTokenTerms,
  }: {
    readonly surrogate: Surrogate;
    readonly aggregation: LossAggregation;
    readonly advantages: AdvantageEstimator;
    readonly hasValues: boolean;
    readonly minibatches: number;
    readonly hasRandom: boolean;
    /** A KL or an entropy per token stands in the loss. */
    readonly hasTokenTerms: boolean;
  },
): void => {
  const fail = (argument: string, problem: string): never => {
    throw new InvalidArgumentError({ argument, value: undefined, message: `${where}: ${problem}` });
  };
  const isOfSequences = (aggregation as Partial<SequenceAggregation>).level === "sequence";
  if (surrogate.level === "sequence" && !isOfSequences) {
    fail(
      "aggregation",
      "the surrogate has one ratio for a whole sequence, and the aggregation sums it over the sequence's tokens: long responses would count as often as they have tokens; expected sequenceMean",
    );
  }
  if (surrogate.sumsTokens && hasTokenTerms) {
    fail(
      "surrogate",
      "the surrogate's gradient is a sum over each response's tokens, and the KL in the loss or the entropy bonus a mean over them, which would be weaker by the response's length; expected the KL in the reward and no entropy bonus, or a surrogate such as tokenRatio() or meanSequenceRatio()",
    );
  }
  if (advantages.needsValues && !hasValues) {
    fail("values", "these advantages have a learned baseline, expected a value function as values");
  }
  if (minibatches > 1 && !hasRandom) {
    fail("random", `minibatches is ${minibatches}, expected a Random as random to shuffle them`);
  }
};
