import { count, positiveRate, type Rule, rate, resolveOptions } from "@accord-rl/core";
import { type LossAggregation, tokenMean } from "@accord-rl/math";
import { squaredLoss, type TdLoss } from "../control/td-loss.ts";

import { type Segments, toTheEnd } from "./segments.ts";

/** The numbers of soft Q-learning. β, optimizers and replay are objects of their own. */
export interface SoftQOptions {
  /** γ in [0, 1]. Default 1: a response is one episode. */
  readonly discount: number;
  /** Which paths must be consistent. Default `toTheEnd`. */
  readonly segments: Segments;
  /** Of a path's inconsistency. Default `squaredLoss`; `huberLoss(1)` bounds what one surprising reward does. */
  readonly loss: TdLoss;
  /** How the losses of the paths that start at each token become one number. Default `tokenMean`. */
  readonly aggregation: LossAggregation;
  /** Optimizer steps per update. Default 4. */
  readonly steps: number;
  /** Sequences per step; null = as many as the rollout has. Default null. */
  readonly batchSize: number | null;
  /** Sequences that are in memory at once; null = all of a step. Changes memory and speed, not the result. */
  readonly microBatchSize: number | null;
  /** α in (0, 1]: how far the target values move per step, where there are any. Default 0.05. */
  readonly targetRate: number;
}

export const softQDefaults: SoftQOptions = Object.freeze({
  discount: 1,
  segments: toTheEnd,
  loss: squaredLoss,
  aggregation: tokenMean,
  steps: 4,
  batchSize: null,
  microBatchSize: null,
  targetRate: 0.05,
});

const rules: { readonly [Name in keyof SoftQOptions]?: Rule } = {
  discount: rate,
  steps: count,
  batchSize: count,
  microBatchSize: count,
  targetRate: positiveRate,
};

export const resolveSoftQOptions = (given: Partial<SoftQOptions> = {}): SoftQOptions =>
  resolveOptions({ where: "createSoftQLearning", defaults: softQDefaults, given, rules });
