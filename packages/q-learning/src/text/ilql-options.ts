import { count, notNegative, openRate, positiveRate, type Rule, rate, resolveOptions } from "@accord-rl/core";
import { type LossAggregation, tokenMean } from "@accord-rl/math";

import type { IlqlWeights } from "./ilql-loss.ts";

/** The numbers of ILQL. The defaults are trlx's, but for γ. */
export interface IlqlOptions extends IlqlWeights {
  /** τ in (0, 1): how far V leans towards the best tokens of the data. Default 0.7. */
  readonly expectile: number;
  /** γ in [0, 1]. Default 1, as for everything on text; trlx has 0.99. */
  readonly discount: number;
  /**
   * λ in [0, 1]: what Q learns is the λ-return: 0 = r + γ·V(s'), as in the paper, which can join the best parts of different
   * texts; 1 = what the text itself came to, which reaches its first token with the first update. Default 0.
   */
  readonly gaeLambda: number;
  /** c: weight of the conservative term. Default 0.1. */
  readonly conservativeWeight: number;
  /** d: weight of behaviour cloning. Default 1; without effect on a frozen model. */
  readonly policyWeight: number;
  /** β_a, in 1/reward: weighs what is cloned by exp(β_a·(Q̂ − V)). Default 0: everything alike. */
  readonly advantageScale: number;
  /** β of decoding, in 1/reward: the actor says π·exp(β·(Q̂ − V)). Default 1. */
  readonly beta: number;
  /** Whether the language model is trained with the heads; otherwise it stays as it is. Default true. */
  readonly trainModel: boolean;
  /** H: hidden layer of the heads; null = none. Default null; trlx has twice the model's width. */
  readonly hiddenWidth: number | null;
  /** α in (0, 1] of the slow copies of the Qs. Default 0.001. */
  readonly targetRate: number;
  /** Updates from one of their moves to the next. Default 5. */
  readonly targetEvery: number;
  /** Sequences that are in memory at once; null = all. Changes memory and speed, not the result. Default null. */
  readonly microBatchSize: number | null;
  /** How tokens become one loss. Default `tokenMean`. */
  readonly aggregation: LossAggregation;
}

export const ilqlDefaults: IlqlOptions = Object.freeze({
  expectile: 0.7,
  discount: 1,
  gaeLambda: 0,
  conservativeWeight: 0.1,
  policyWeight: 1,
  advantageScale: 0,
  beta: 1,
  trainModel: true,
  hiddenWidth: null,
  targetRate: 0.001,
  targetEvery: 5,
  microBatchSize: null,
  aggregation: tokenMean,
});

const rules: { readonly [Name in keyof IlqlOptions]?: Rule } = {
  expectile: openRate,
  discount: rate,
  gaeLambda: rate,
  conservativeWeight: notNegative,
  policyWeight: notNegative,
  advantageScale: notNegative,
  beta: notNegative,
  hiddenWidth: count,
  targetRate: positiveRate,
  targetEvery: count,
  microBatchSize: count,
};

export const resolveIlqlOptions = (given: Partial<IlqlOptions> = {}): IlqlOptions =>
  resolveOptions({ where: "createIlql", defaults: ilqlDefaults, given, rules });
