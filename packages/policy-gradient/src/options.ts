import {
  count,
  notNegative,
  positive,
  type Rule,
  rate,
  refuse,
  resolveOptions as resolveNumbers,
} from "@accord-rl/core";
import { type LossAggregation, tokenMean, type WhitenOptions } from "@accord-rl/math";

/** What the advantages are whitened over, and which variance. */
export interface Whitening {
  /** The whole batch once per update, or each minibatch by itself (CleanRL, stable-baselines3). Default "batch". */
  readonly scope?: "batch" | "minibatch";
  /** Default "biased" (÷ n: Ziegler et al. 2019, OpenRLHF); "unbiased" (÷ n − 1) is what TRL and verl do. */
  readonly variance?: NonNullable<WhitenOptions["variance"]>;
}

/** The numbers that every on-policy algorithm has. */
export interface CommonOptions {
  /** c_v, what the value loss ½(V − R)² is multiplied by. Default 0.1. */
  readonly valueCoefficient: number;
  /** c_e. Above 0 the policy must give its entropy, which is costly over a large vocabulary. Default 0. */
  readonly entropyCoefficient: number;
  /** Rows that are in memory at once; null = the whole minibatch. Changes memory and speed, not the result. */
  readonly microBatchSize: number | null;
  /** How tokens become one loss, over the minibatch. */
  readonly aggregation: LossAggregation;
  /** null = advantages as they are. Default: over the batch, but null where the estimator of the advantages is chosen. */
  readonly whitening: Whitening | null;
  /** Scale the shaped rewards to variance 1, keeping their mean (Ziegler et al. 2019). Default false. */
  readonly scaleRewards: boolean;
  /**
   * What to do when scoring disagrees with the recorded log-probs before the first step: "error", or
   * "warn-and-truncate" for bfloat16 or remote engines. Default "error".
   */
  readonly behaviourMismatch: "error" | "warn-and-truncate";
}

/** Of algorithms with generalised advantage estimation. */
export interface ReturnOptions {
  /** γ in [0, 1]. Default 1: a response is one episode. Classic control takes about 0.99, as in `controlOptions`. */
  readonly discount: number;
  /** λ in [0, 1]. Default 0.95. */
  readonly gaeLambda: number;
}

/**
 * For text, from Ziegler et al. 2019. Every on-policy algorithm begins with these, so that swapping one for another
 * changes none of them.
 */
export const commonDefaults: CommonOptions & ReturnOptions = Object.freeze({
  discount: 1,
  gaeLambda: 0.95,
  valueCoefficient: 0.1,
  entropyCoefficient: 0,
  microBatchSize: null,
  aggregation: tokenMean,
  whitening: Object.freeze({ scope: "batch", variance: "biased" }),
  scaleRewards: false,
  behaviourMismatch: "error",
});

/** What classic control takes instead: CleanRL's γ and c_v. */
export const controlOptions = Object.freeze({ discount: 0.99, valueCoefficient: 1 });

/** Of algorithms that pass over a batch more than once. */
export interface PassOptions {
  /** Passes over the batch. */
  readonly epochs: number;
  /** Optimizer steps per epoch. */
  readonly minibatches: number;
  /** Nats per token: stops the update before the step of a minibatch whose approxKl is above; null = never. */
  readonly maxApproxKl: number | null;
}

/** For the options that every on-policy algorithm shares. */
export const commonRules = {
  valueCoefficient: notNegative,
  entropyCoefficient: notNegative,
  discount: rate,
  gaeLambda: rate,
  microBatchSize: count,
  epochs: count,
  minibatches: count,
  maxApproxKl: positive,
} as const satisfies Readonly<Record<string, Rule>>;

/**
 * The defaults with what was given; unknown names and impossible values throw.
 *
 * @param options  as core's `resolveOptions` takes them.
 */
export const resolveOptions = <O extends Omit<CommonOptions, "aggregation">>(
  options: Parameters<typeof resolveNumbers<O>>[0],
): O => {
  const { where } = options;
  const resolved = resolveNumbers(options);
  const { scope = "batch", variance = "biased" } = resolved.whitening ?? {};
  if (!["batch", "minibatch"].includes(scope)) {
    refuse(where, "whitening.scope", scope, '"batch" or "minibatch"');
  }
  if (!["biased", "unbiased"].includes(variance)) {
    refuse(where, "whitening.variance", variance, '"biased" or "unbiased"');
  }
  if (!["error", "warn-and-truncate"].includes(resolved.behaviourMismatch)) {
    refuse(where, "behaviourMismatch", resolved.behaviourMismatch, '"error" or "warn-and-truncate"');
  }
  return resolved;
};
