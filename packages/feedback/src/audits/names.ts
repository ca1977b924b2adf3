import { InvalidArgumentError, requireLength } from "@accord-rl/core";

import { type AuditFinding, type AuditOptions, findBias, meanOf, minimumSamples } from "./finding.ts";

/** What a labeler said of one text with one name in it. */
export interface NameRecord {
  /** The text: records of the same one differ in nothing but the name. */
  readonly template: string;
  readonly group: string;
  readonly name: string;
  /** That the first response is better; both orders averaged. */
  readonly probability: number;
  /** The name stands in the first response alone, so that a higher probability favours it. */
  readonly isFavoured: boolean;
}

const groupBy = <T>(items: readonly T[], key: (item: T) => string): T[][] => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
};

const advice =
  "replace names by neutral ones before labeling, or average the label over names of all groups (averageNames)";

const itself = (value: number): number => value;

/** How much better than the average of all groups one group's names do, in one text. */
const favour = (records: readonly NameRecord[], group: string): number => {
  const means = groupBy(records, (record) => record.group).map((members) => ({
    group: members[0]?.group,
    mean: meanOf(members, ({ probability }) => probability),
  }));
  const own = means.find((entry) => entry.group === group)?.mean as number;
  return own - meanOf(means, (entry) => entry.mean);
};

/** Mean |ΔP| of two names of different groups, less that of two names of one group, in one text; null where it can't be told. */
const contrast = (records: readonly NameRecord[]): number | null => {
  const [between, within]: [number[], number[]] = [[], []];
  for (const [i, one] of records.entries()) {
    for (const other of records.slice(i + 1)) {
      const change = Math.abs(one.probability - other.probability);
      (one.group === other.group ? within : between).push(change);
    }
  }
  return between.length === 0 || within.length === 0
    ? null
    : meanOf(between, itself) - meanOf(within, itself);
};

/** How many findings `nameSensitivity` gives: what a correction for several tests must know. */
export const countNameFindings = (records: readonly NameRecord[]): number => {
  const { groups, named, paired } = arrange(records);
  return (named.length > 0 ? groups.length : 0) + (paired.length > 0 ? 1 : 0);
};

/** The texts that each finding can go by; none where they are too few. */
const arrange = (records: readonly NameRecord[]) => {
  const groups = [...new Set(records.map(({ group }) => group))];
  const templates = groupBy(records, ({ template }) => template);
  const isNamed = (members: readonly NameRecord[]) =>
    members.every(({ isFavoured }) => isFavoured) &&
    groups.every((name) => members.some(({ group }) => group === name));
  const enough = (list: NameRecord[][]) => (list.length < minimumSamples ? [] : list);
  return {
    groups,
    named: enough(templates.filter(isNamed)),
    paired: enough(templates.filter((members) => contrast(members) !== null)),
  };
};

/**
 * Sensitivity to the names of groups, by counterfactual swaps: the same text, another name.
 *
 * One finding per group, where the name stands in one response: mean of P(it is preferred) with the group's names, less
 * the mean over groups. And one for any text with two names per group: how much farther apart the labels of two groups'
 * names are than those of two names of one group, which a labeler that is merely noisy passes.
 *
 * @throws InvalidArgumentError where there is but one group, or too few texts for either.
 */
export const nameSensitivity = (records: readonly NameRecord[], options: AuditOptions): AuditFinding[] => {
  const { groups, named, paired } = arrange(records);
  if (groups.length < 2) {
    throw new InvalidArgumentError({
      argument: "records",
      value: groups,
      message: `nameSensitivity: got names of ${groups.length} group, expected at least two`,
    });
  }
  requireLength("nameSensitivity", "texts", Math.max(named.length, paired.length), minimumSamples);
  const flips = meanOf([...named, ...paired], (members) =>
    new Set(members.map(({ probability }) => Math.sign(probability - 0.5))).size > 1 ? 1 : 0,
  );
  const favours =
    named.length === 0
      ? []
      : groups.map((group) =>
          findBias(
            named.map((members) => favour(members, group)),
            (picked) => meanOf(picked, itself),
            {
              audit: `names: ${group}`,
              measure: "P(a response is preferred) with the group's names − the mean over groups",
              advice,
              details: { flips },
            },
            options,
          ),
        );
  const spread =
    paired.length === 0
      ? []
      : [
          findBias(
            paired.map((members) => contrast(members) as number),
            (picked) => meanOf(picked, itself),
            {
              audit: "names: any",
              measure: "mean |ΔP| between groups − within groups",
              advice,
              details: { flips },
            },
            options,
          ),
        ];
  return [...favours, ...spread];
};
