import { rate, requireLength, requireRule } from "@accord-rl/core";
import { type Interval, mean, standardDeviation } from "@accord-rl/evaluation";
import { logisticRegression } from "../statistics/logistic.ts";

import { type ResamplingOptions, resampledInterval } from "../statistics/resampling.ts";
import { logit, sigmoid } from "../statistics/sigmoid.ts";
import type { LengthRecord } from "./length.ts";

const gapOf = ({ firstLength, secondLength }: LengthRecord): number => firstLength - secondLength;

/** tanh(Δ/spread): a difference counts less and less the larger it is. */
const bounded = (gap: number, spread: number): number => (spread > 0 ? Math.tanh(gap / spread) : 0);

/** Standard deviation about 0: a pair and the pair exchanged have the same. */
const spreadOf = (gaps: readonly number[]): number => Math.sqrt(mean(gaps.map((gap) => gap ** 2)));

/** The part of a labeler's preferences that length explains. */
export interface LengthEffect {
  /** φ: log-odds for a response that is very much longer. */
  readonly effect: number;
  /** Root mean square of the length differences. */
  readonly spread: number;
  /** The label without its length term: σ(logit p − φ·tanh(Δ/spread)). Exchanging the responses flips it. */
  correct(probability: number, firstLength: number, secondLength: number): number;
}

/**
 * How much of a labeler's preferences length explains, fitted to its labels:
 *
 *   logit P(first is better) = φ·tanh(Δlength/spread) [+ θ·(truth − ½)]
 *
 * Where the truth is known it takes up what longer responses deserve; where it isn't, φ takes that away too.
 *
 * @param options.penalty  λ of ½·λ·φ². Default 0.1.
 */
export const fitLengthEffect = (
  records: readonly LengthRecord[],
  { penalty = 0.1 }: { readonly penalty?: number } = {},
): LengthEffect => {
  requireLength("fitLengthEffect", "records", records.length);
  const spread = spreadOf(records.map(gapOf));
  const knowsTruth = records.every(({ truth }) => truth !== undefined);
  const { coefficients } = logisticRegression(
    records.map((record) => [
      bounded(gapOf(record), spread),
      ...(knowsTruth ? [(record.truth as number) - 0.5] : []),
    ]),
    records.map(({ probability }) => probability),
    { penalty },
  );
  const effect = coefficients[0] as number;
  return {
    effect,
    spread,
    correct: (probability, firstLength, secondLength) => {
      requireRule("correct", "probability", probability, rate);
      return sigmoid(logit(probability) - effect * bounded(firstLength - secondLength, spread));
    },
  };
};

/** One judgement of a system's response against the baseline's. */
export interface WinRecord {
  /** That the system's is better. */
  readonly probability: number;
  readonly length: number;
  readonly baselineLength: number;
  /** How hard the prompt is for the baseline, where that has been estimated. */
  readonly difficulty?: number | undefined;
}

const controlled = (records: readonly WinRecord[], penalty: number): number => {
  const gaps = records.map(({ length, baselineLength }) => length - baselineLength);
  const spread = records.length < 2 ? 0 : standardDeviation(gaps);
  const hasDifficulty = records.every(({ difficulty }) => difficulty !== undefined);
  const extra = ({ difficulty = 0 }: WinRecord) => (hasDifficulty ? [difficulty] : []);
  const features = records.map((record, n) => [1, bounded(gaps[n] as number, spread), ...extra(record)]);
  const outcomes = records.map(({ probability }) => probability);
  // Only the constant is free: it is the win rate that is asked for.
  const penalties = [1e-6, penalty, ...(hasDifficulty ? [penalty] : [])];
  const [constant = 0, , slope = 0] = logisticRegression(features, outcomes, {
    penalty: penalties,
  }).coefficients;
  return mean(records.map(({ difficulty = 0 }) => sigmoid(constant + slope * difficulty)));
};

/**
 * Win rate of a system against a baseline as it would be at equal length:
 *
 *   logit P(win) = θ + φ·tanh(Δlength/σ_Δ) [+ ψ·difficulty],   rate = mean of σ(θ [+ ψ·difficulty])
 *
 * @param options.penalty  λ of φ and ψ. Default 0.1.
 * @returns the rate as it was judged, and the length-controlled one, each with a bootstrap interval over prompts.
 * @see Dubois et al. 2024, Length-controlled AlpacaEval, §3. https://arxiv.org/abs/2404.04475
 */
export const lengthControlledWinRate = (
  records: readonly WinRecord[],
  { penalty = 0.1, ...resampling }: ResamplingOptions & { readonly penalty?: number },
): { readonly raw: Interval; readonly controlled: Interval } => {
  requireLength("lengthControlledWinRate", "records", records.length, 2);
  const forked = (label: string) => ({ ...resampling, random: resampling.random.fork(label) });
  return {
    raw: resampledInterval(
      records,
      (picked) => mean(picked.map((record) => record.probability)),
      forked("raw"),
    ),
    controlled: resampledInterval(records, (picked) => controlled(picked, penalty), forked("controlled")),
  };
};
