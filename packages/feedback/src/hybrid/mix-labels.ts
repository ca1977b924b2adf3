import {
  InvalidArgumentError,
  rate,
  requireLength,
  requireNumber,
  requireRule,
  requireSameLength,
} from "@accord-rl/core";
import type { ResponsePair } from "../pair.ts";

/** What one source of feedback says of a list of pairs. */
export interface LabelSource {
  /** Who: "human", or a labeler's name. */
  readonly name: string;
  /** How much one label of it counts. */
  readonly weight: number;
  /** One for each pair: P(first is better), or null where this source has no label. */
  readonly probabilities: readonly (number | null)[];
}

/** One label that several sources made. */
export interface MixedLabel {
  /** That the first response is better. */
  readonly probability: number;
  /** How much the pair counts in training. */
  readonly weight: number;
  /** Whose labels are in it. */
  readonly sources: readonly string[];
}

/** One source's label of a pair. */
export interface SourcedLabel {
  readonly name: string;
  readonly weight: number;
  readonly probability: number;
}

/** Makes one label of those that there are for a pair; at least one, in the order of the sources. */
export type MixSources = (labels: readonly SourcedLabel[]) => MixedLabel;

/**
 * All sources, each with its weight: p = Σ w·p / Σ w, weight Σ w. To the cross-entropy loss of a reward model that is
 * the same as each source's label by itself, with its weight.
 */
export const averageSources: MixSources = (labels) => {
  const weight = labels.reduce((sum, label) => sum + label.weight, 0);
  const probability =
    weight > 0 ? labels.reduce((sum, label) => sum + (label.weight / weight) * label.probability, 0) : 0.5;
  return { probability, weight, sources: labels.map(({ name }) => name) };
};

/** The first source that has a label, and no other: AI only where humans are missing, when humans come first. */
export const firstSource: MixSources = (labels) => {
  const { probability, weight, name } = labels[0] as SourcedLabel;
  return { probability, weight, sources: [name] };
};

/**
 * Mixes the labels of several sources into one weighted label for each pair, for one reward model.
 *
 * @param mix  averageSources (default) or firstSource. @returns null where no source has a label.
 */
export const mixLabels = (
  sources: readonly LabelSource[],
  { mix = averageSources }: { readonly mix?: MixSources } = {},
): (MixedLabel | null)[] => {
  requireLength("mixLabels", "sources", sources.length);
  const [reference] = sources as readonly [LabelSource, ...LabelSource[]];
  for (const { name, weight, probabilities } of sources) {
    requireNumber("mixLabels", `weight of ${name}`, weight, [0, Number.POSITIVE_INFINITY]);
    const names = [`labels of ${reference.name}`, `labels of ${name}`] as const;
    requireSameLength("mixLabels", names, reference.probabilities, probabilities);
    for (const probability of probabilities) {
      if (probability !== null) requireRule("mixLabels", `probability of ${name}`, probability, rate);
    }
  }
  return reference.probabilities.map((_, index) => {
    const labels = sources.flatMap(({ name, weight, probabilities }): SourcedLabel[] => {
      const probability = probabilities[index] as number | null;
      return probability === null ? [] : [{ name, weight, probability }];
    });
    return labels.length === 0 ? null : mix(labels);
  });
};

/**
 * Labels that name their pairs, in the order of a list of pairs: what `LabelSource` takes.
 *
 * @returns null for pairs without a label.
 * @throws InvalidArgumentError where a label's pair is not in the list, or has two labels.
 */
export const alignLabels = (
  pairs: readonly Pick<ResponsePair, "id">[],
  labels: readonly { readonly id: string; readonly probability: number }[],
): (number | null)[] => {
  const known = new Set(pairs.map(({ id }) => id));
  const byId = new Map<string, number>();
  for (const { id, probability } of labels) {
    if (known.has(id) && !byId.has(id)) {
      byId.set(id, probability);
      continue;
    }
    const problem = known.has(id)
      ? "has two labels; aggregate them first"
      : "is not among the pairs; leave it out";
    throw new InvalidArgumentError({
      argument: "labels",
      value: id,
      message: `alignLabels: the pair "${id}" ${problem}`,
    });
  }
  return pairs.map(({ id }) => byId.get(id) ?? null);
};

/** A pair with its label, the likelier response as `chosen`: what a reward model's data are made of. */
export interface WeightedPreference {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  /** That `chosen` is better: ½ or more. */
  readonly probability: number;
  readonly weight: number;
}

/** Pairs and their labels as preferences; pairs without a label are left out. */
export const toPreferences = (
  pairs: readonly ResponsePair[],
  labels: readonly (Pick<MixedLabel, "probability" | "weight"> | null)[],
): WeightedPreference[] => {
  requireSameLength("toPreferences", ["pairs", "labels"], pairs, labels);
  return pairs.flatMap(({ prompt, first, second }, index) => {
    const label = labels[index];
    if (label === null || label === undefined) return [];
    const { probability, weight } = label;
    return probability >= 0.5
      ? [{ prompt, chosen: first, rejected: second, probability, weight }]
      : [{ prompt, chosen: second, rejected: first, probability: 1 - probability, weight }];
  });
};
