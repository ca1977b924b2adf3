import type { Labeler, Random } from "@accord-rl/core";
import { countReasons } from "../ai/abstention.ts";
import type { ResponsePair } from "../pair.ts";
import { type BothOrders, judged, labelNames, labelPadded } from "./asking.ts";
import { type AuditFinding, type AuditOptions, minimumSamples } from "./finding.ts";
import { type LengthRecord, lengthBias } from "./length.ts";
import type { NameGroups } from "./name-groups.ts";
import { findNameTemplates, type NameTemplate } from "./name-templates.ts";
import { countNameFindings, nameSensitivity } from "./names.ts";
import { addFiller, type Pad } from "./padding.ts";
import { positionBias } from "./position.ts";
import { type SelfRecord, selfPreference, verbosityBias } from "./preference-excess.ts";

/** A pair with what is known of it. */
export interface AuditedPair extends ResponsePair {
  /** That the first response is better, in truth or by people. */
  readonly truth?: number | undefined;
  /** Which response the labeler's own model wrote. */
  readonly own?: "first" | "second" | undefined;
}

export interface AuditLabelerOptions {
  readonly labeler: Labeler<ResponsePair>;
  /** At least 20; a hundred and more show small biases. */
  readonly pairs: readonly AuditedPair[];
  readonly random: Random;
  /** Probability that none of all findings is flagged where there is no bias. Default 0.95. */
  readonly level?: number;
  /** Default 2000. */
  readonly resamples?: number;
  /** The largest bias that doesn't matter, in probability. Default 0. */
  readonly tolerance?: number;
  /** How long a response is. Default: characters. */
  readonly lengthOf?: (text: string) => number;
  /** What verbosity is tested with; null leaves it out. Default: `addFiller`. */
  readonly pad?: Pad | null;
  /** Whose names are swapped: in `templates`, or where none are given, in the pairs that hold one. */
  readonly names?: { readonly groups: NameGroups; readonly templates?: readonly NameTemplate[] };
}

/** What all audits together found: one section of a report. */
export interface LabelerAudit {
  readonly findings: readonly AuditFinding[];
  /** Audits for which there was too little to go by, with what they need. */
  readonly skipped: Readonly<Record<string, string>>;
  /** Pairs that were judged in both orders. */
  readonly labeled: number;
  /** Pairs on which the labeler abstained in at least one order; they are in no finding. */
  readonly abstained: number;
  /** Why it abstained, with the number of pairs. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of all findings together; each one's own interval is wider. */
  readonly level: number;
}

/** An audit that has what it needs: how many findings it will give, and what makes them. */
interface Planned {
  readonly count: number;
  run(options: AuditOptions): readonly AuditFinding[];
}

/** The audits that go by labels of the pairs as they are. */
const planPairs = (labels: readonly BothOrders<AuditedPair>[], lengthOf: (text: string) => number) => {
  const lengths = labels.map(
    ({ item, probability }): LengthRecord => ({
      firstLength: lengthOf(item.first),
      secondLength: lengthOf(item.second),
      probability,
      truth: item.truth,
    }),
  );
  const own = labels.flatMap(({ item, probability }): SelfRecord[] => {
    const { own, truth } = item;
    if (own === undefined) return [];
    const flip = (value: number) => (own === "first" ? value : 1 - value);
    return [{ own: flip(probability), truth: truth === undefined ? undefined : flip(truth) }];
  });
  const unequal = lengths.filter(({ firstLength, secondLength }) => firstLength !== secondLength);
  const orders = labels.map((label) => label.orders);
  return {
    position: { samples: orders.length, needs: "pairs", run: (o: AuditOptions) => [positionBias(orders, o)] },
    length: {
      samples: unequal.length,
      needs: "pairs of different length",
      run: (o: AuditOptions) => [lengthBias(lengths, o)],
    },
    "self-preference": {
      samples: own.length,
      needs: "pairs that say which response is the labeler's own",
      run: (o: AuditOptions) => [selfPreference(own, o)],
    },
  };
};

/**
 * Looks a labeler over for position, length, verbosity and self-preference bias, and for sensitivity to names of
 * groups. Asks it about each pair in both orders, about each second response with padding, and about each text with a
 * name with two names of each group.
 *
 * Flags together are meant to raise a false alarm in 1 − level of audits at most (Bonferroni): the k findings have
 * intervals at 1 − (1 − level)/k each. A bootstrap over a hundred pairs comes near that: see the README.
 */
export const auditLabeler = async (options: AuditLabelerOptions): Promise<LabelerAudit> => {
  const { labeler, pairs, random, level = 0.95, resamples = 2000, tolerance = 0, names } = options;
  const { lengthOf = (text: string) => text.length, pad = addFiller } = options;
  const reasons: string[] = [];
  const labels = await judged(labeler, pairs, (pair) => pair, {
    onAbstain: (_, { reason }) => reasons.push(reason),
  });
  const padded = pad === null ? [] : await labelPadded(labeler, pairs, pad);
  const templates = names ? (names.templates ?? findNameTemplates(pairs, names.groups)) : [];
  const named = names ? await labelNames(labeler, templates, names.groups, random.fork("names drawn")) : [];

  const skipped: Record<string, string> = {};
  const planned: Record<string, Planned> = {};
  const plan = (name: string, samples: number, needs: string, { count, run }: Planned) => {
    if (samples >= minimumSamples) planned[name] = { count, run };
    else skipped[name] = `got ${samples} ${needs}, expected at least ${minimumSamples}`;
  };
  for (const [name, { samples, needs, run }] of Object.entries(planPairs(labels, lengthOf))) {
    plan(name, samples, needs, { count: 1, run });
  }
  plan("verbosity", padded.length, "labels of padded responses", {
    count: 1,
    run: (o) => [verbosityBias(padded, o)],
  });
  const texts = new Set(named.map(({ template }) => template)).size;
  const nameFindings = countNameFindings(named);
  plan("names", nameFindings === 0 ? Math.min(texts, minimumSamples - 1) : texts, "texts with a name", {
    count: nameFindings,
    run: (o) => nameSensitivity(named, o),
  });

  const total = Object.values(planned).reduce((sum, { count }) => sum + count, 0);
  const findings = Object.entries(planned).flatMap(([name, { run }]) =>
    run({ random: random.fork(name), level: 1 - (1 - level) / total, resamples, tolerance }),
  );
  const abstained = pairs.length - labels.length;
  return { findings, skipped, labeled: labels.length, abstained, reasons: countReasons(reasons), level };
};

const shown = (value: number): string => value.toFixed(3);

/** An audit as the rows of a table. */
export const auditRows = ({ findings }: LabelerAudit): Record<string, string | number>[] =>
  findings.map((finding) => ({
    audit: finding.audit,
    measure: finding.measure,
    estimate: shown(finding.estimate),
    interval: `${shown(finding.low)} to ${shown(finding.high)}`,
    items: finding.samples,
    flagged: finding.isFlagged ? "yes" : "no",
    advice: finding.isFlagged ? finding.advice : "",
  }));
