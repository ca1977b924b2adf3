import { mean } from "@accord-rl/evaluation";
import { logisticRegression } from "../statistics/logistic.ts";
import { resampledInterval } from "../statistics/resampling.ts";
import { type AuditFinding, type AuditOptions, findBias, meanOf } from "./finding.ts";

/** A label with the lengths of what was judged, in any unit. */
export interface LengthRecord {
  readonly firstLength: number;
  readonly secondLength: number;
  /** That the first is better, by the labeler. */
  readonly probability: number;
  /** That the first is better, in truth. */
  readonly truth?: number | undefined;
}

/** P(the longer one is better), of one record. */
const longer = ({ firstLength, secondLength }: LengthRecord, probability: number): number =>
  firstLength > secondLength ? probability : 1 - probability;

/** log-odds per standard deviation of the length difference, at equal quality where the truth is known. */
const slopeOf = (records: readonly LengthRecord[]): number => {
  const gaps = records.map(({ firstLength, secondLength }) => firstLength - secondLength);
  const spread = Math.sqrt(mean(gaps.map((gap) => gap ** 2))) || 1;
  const knowsTruth = records.every(({ truth }) => truth !== undefined);
  const features = records.map(({ truth = 0.5 }, n) => [
    (gaps[n] as number) / spread,
    ...(knowsTruth ? [truth - 0.5] : []),
  ]);
  const outcomes = records.map(({ probability }) => probability);
  // A little penalty: on a resample, length may tell all answers apart.
  return logisticRegression(features, outcomes, { penalty: 0.1 }).coefficients[0] as number;
};

/**
 * Length bias: how much more often the longer response is preferred than it deserves,
 *
 *   mean of [P(longer wins) by the labeler − P(longer wins) in truth],   ½ where the truth is not known
 *
 * Without the truth a longer response may well be the better one: then this is an association, not yet a bias.
 * `details.slope`: log-odds per standard deviation of the length difference (logistic regression, with the truth as
 * second feature where it is known), with its interval; `details.longerWins`: how often the longer one wins.
 */
export const lengthBias = (records: readonly LengthRecord[], options: AuditOptions): AuditFinding => {
  const unequal = records.filter(({ firstLength, secondLength }) => firstLength !== secondLength);
  const knowsTruth = unequal.every(({ truth }) => truth !== undefined);
  const excess = (record: LengthRecord) =>
    longer(record, record.probability) - (knowsTruth ? longer(record, record.truth as number) : 0.5);
  const finding = findBias(
    unequal,
    (picked) => meanOf(picked, excess),
    {
      audit: "length",
      measure: knowsTruth ? "P(longer wins) − P(longer is better)" : "P(longer wins) − ½",
      advice: knowsTruth
        ? "take the length term out of the labels (fitLengthEffect), and compare systems at equal length (lengthControlledWinRate)"
        : "find out by known answers whether longer ones are better; if not, take the length term out of the labels (fitLengthEffect)",
      details: { longerWins: meanOf(unequal, (record) => longer(record, record.probability)) },
    },
    options,
  );
  const { tolerance: _, ...resampling } = options;
  const slope = resampledInterval(unequal, slopeOf, { ...resampling, random: options.random.fork("slope") });
  const details = { slope: slope.estimate, slopeLow: slope.low, slopeHigh: slope.high };
  return { ...finding, details: { ...finding.details, ...details } };
};
