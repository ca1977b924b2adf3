import type { Random } from "@accord-rl/core";
import { mean, pairedDifferenceInterval, wilsonInterval } from "@accord-rl/evaluation";
import { type AiLabel, countReasons, positionConsistency } from "@accord-rl/feedback";
import type { Judgement } from "./judge-set.ts";
import { creditOf, type MethodName, methodNames, methods, squaredError } from "./methods.ts";
import type { Options } from "./options.ts";
import { knownSets, type SetName } from "./sets.ts";

/** One method on one set. */
export interface MethodFigures {
  readonly set: SetName;
  readonly method: MethodName;
  readonly pairs: number;
  /** Nothing could be read; counts half. */
  readonly abstained: number;
  readonly accuracy: number;
  readonly low95: number;
  readonly high95: number;
  /** Mean of (P − truth)²; a coin has ¼. */
  readonly brier: number;
}

/** What is asked in both orders. */
const inBothOrders = ["choice", "begun", "thinking"] as const;

/** How far a labeler's two orders agree on a set. */
export interface Consistency {
  readonly set: SetName;
  readonly question: (typeof inBothOrders)[number];
  readonly pairs: number;
  readonly consistency: number;
  readonly low95: number;
  readonly high95: number;
  /** P(shown first) − ½, on average. */
  readonly firstBias: number;
}

/** Accuracy of one method less that of another, pair by pair. */
export interface Comparison {
  /** A set's name, or all that were judged together, each pair counting once. */
  readonly set: SetName | "all";
  readonly of: MethodName;
  readonly minus: MethodName;
  readonly pairs: number;
  readonly difference: number;
  readonly low95: number;
  readonly high95: number;
}

/** What summary.json holds. */
export interface Summary {
  readonly backend: string;
  readonly labeler: string;
  readonly seed: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly methods: readonly MethodFigures[];
  /** Why there is no label, with the number of answers, over all questions. */
  readonly abstentions: Readonly<Record<string, number>>;
  readonly consistency: readonly Consistency[];
  readonly comparisons: readonly Comparison[];
  /** Of the pairs whose letter was written out: how many times it was the more likely label. */
  readonly writtenAsLikely: { readonly pairs: number; readonly same: number };
}

const compared: readonly (readonly [MethodName, MethodName])[] = [
  ["averaged", "letter"],
  ["averaged", "score"],
  ["averaged", "longer"],
  ["averaged", "shorter"],
  ["begunAveraged", "begunLetter"],
  ["begunAveraged", "letter"],
  ["begunAveraged", "averaged"],
  ["begunAveraged", "longer"],
  ["thinking", "averaged"],
];

const figuresOf = (all: readonly Judgement[], set: SetName, method: MethodName): MethodFigures[] => {
  const { question, read } = methods[method];
  const own = all.filter((judgement) => judgement.set === set && judgement.question === question);
  if (own.length === 0) return [];
  const readings = own.map(read);
  const credit = own.reduce((sum, judgement, i) => sum + creditOf(judgement, readings[i]!), 0);
  const { estimate, low, high } = wilsonInterval(credit, own.length);
  return [
    {
      ...{ set, method, pairs: own.length },
      abstained: readings.filter((probability) => probability === null).length,
      ...{ accuracy: estimate, low95: low, high95: high },
      brier: mean(own.map((judgement, i) => squaredError(judgement, readings[i]!))),
    },
  ];
};

const consistencyOf = (
  all: readonly Judgement[],
  set: SetName,
  question: Consistency["question"],
): Consistency[] => {
  const labels = all
    .filter((judgement) => judgement.set === set && judgement.question === question)
    .flatMap(({ label }) => (label?.orders ? [label as AiLabel] : []));
  if (labels.length === 0) return [];
  const { estimate, low, high, pairs, firstBias } = positionConsistency(labels);
  return [{ set, question, pairs, consistency: estimate, low95: low, high95: high, firstBias }];
};

/** Credits of both methods on the pairs that both judged, in one order. */
const creditsOf = (
  all: readonly Judgement[],
  names: readonly [MethodName, MethodName],
): [number[], number[]] => {
  const [of, minus] = names.map((name) => {
    const { question, read } = methods[name];
    return new Map(
      all
        .filter((judgement) => judgement.question === question)
        .map((judgement) => [`${judgement.set} ${judgement.id}`, creditOf(judgement, read(judgement))]),
    );
  }) as [Map<string, number>, Map<string, number>];
  const both = [...of.keys()].filter((key) => minus.has(key));
  return [both.map((key) => of.get(key)!), both.map((key) => minus.get(key)!)];
};

const comparisonOf = (
  all: readonly Judgement[],
  set: Comparison["set"],
  [of, minus]: readonly [MethodName, MethodName],
  random: Random,
): Comparison[] => {
  const own = set === "all" ? all : all.filter((judgement) => judgement.set === set);
  const [after, before] = creditsOf(own, [of, minus]);
  if (after.length === 0) return [];
  const { estimate, low, high } = pairedDifferenceInterval(before, after, {
    random: random.fork(`${set}: ${of} - ${minus}`),
  });
  return [{ set, of, minus, pairs: after.length, difference: estimate, low95: low, high95: high }];
};

const writtenAsLikely = (all: readonly Judgement[]): Summary["writtenAsLikely"] => {
  const key = ({ set, id }: Judgement) => `${set} ${id}`;
  const likely = new Map(
    all
      .filter(({ question }) => question === "choice")
      .map((judgement) => [key(judgement), methods.letter.read(judgement)]),
  );
  const written = all.filter(({ question }) => question === "written");
  const same = written.filter((judgement) => methods.written.read(judgement) === likely.get(key(judgement)));
  return { pairs: written.length, same: same.length };
};

/** All that was judged, as figures with intervals. */
export const summarize = (
  judgements: readonly Judgement[],
  {
    backend,
    values,
    random,
    seconds,
  }: {
    readonly backend: string;
    readonly values: Pick<Options, "labeler" | "seed" | "sets">;
    readonly random: Random;
    readonly seconds: Summary["seconds"];
  },
): Summary => ({
  backend,
  labeler: values.labeler,
  seed: values.seed,
  seconds,
  abstentions: countReasons(judgements.flatMap(({ abstention }) => abstention ?? [])),
  methods: values.sets.flatMap((set) => methodNames.flatMap((method) => figuresOf(judgements, set, method))),
  consistency: values.sets.flatMap((set) =>
    inBothOrders.flatMap((question) => consistencyOf(judgements, set, question)),
  ),
  comparisons: [...values.sets, "all" as const].flatMap((set) =>
    compared.flatMap((names) => comparisonOf(judgements, set, names, random)),
  ),
  writtenAsLikely: writtenAsLikely(judgements),
});

export const titleOfSet = (set: Comparison["set"]): string =>
  set === "all" ? "all sets" : knownSets[set].title;
