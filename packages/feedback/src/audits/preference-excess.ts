import { type AuditFinding, type AuditOptions, findBias, meanOf } from "./finding.ts";

/**
 * Verbosity: how often a response is preferred to itself with padding that adds nothing.
 *
 * @param padded  P(the padded one is better), for each response; both orders averaged.
 */
export const verbosityBias = (padded: readonly number[], options: AuditOptions): AuditFinding =>
  findBias(
    padded,
    (picked) => meanOf(picked, (probability) => probability - 0.5),
    {
      audit: "verbosity",
      measure: "P(padded is preferred to the same without padding) − ½",
      advice:
        "say in the preamble that padding and repetition are no merit, and take the length term out of the labels (fitLengthEffect)",
      details: { paddedWins: meanOf(padded, (probability) => (probability > 0.5 ? 1 : 0)) },
    },
    options,
  );

/** A label of a pair of which one response is the labeler's own. */
export interface SelfRecord {
  /** P(its own is better), by the labeler; both orders averaged. */
  readonly own: number;
  /** P(its own is better), in truth or by people. */
  readonly truth?: number | undefined;
}

/**
 * Self-preference: how much more often a labeler prefers what it wrote itself than others do.
 *
 * @see Panickssery, Bowman & Feng 2024. https://arxiv.org/abs/2404.13076
 */
export const selfPreference = (records: readonly SelfRecord[], options: AuditOptions): AuditFinding => {
  const knowsTruth = records.every(({ truth }) => truth !== undefined);
  return findBias(
    records,
    (picked) => meanOf(picked, ({ own, truth }) => own - (knowsTruth ? (truth as number) : 0.5)),
    {
      audit: "self-preference",
      measure: knowsTruth ? "P(own is preferred) − P(own is better)" : "P(own is preferred) − ½",
      advice: knowsTruth
        ? "let another model, or a panel of several, judge what this one wrote"
        : "find out by people's labels whether its own are better; if not, let another model judge what this one wrote",
      details: { ownWins: meanOf(records, ({ own }) => own) },
    },
    options,
  );
};
