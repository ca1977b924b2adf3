import {
  excerptOf,
  type LabeledPreference,
  ModelError,
  type PreferencePair,
  type Tokenizer,
} from "@accord-rl/core";
import { wilsonInterval } from "@accord-rl/evaluation";
import { type AiLabel, countReasons, positionConsistency, type ResponsePair } from "@accord-rl/feedback";
import type { Run } from "@accord-rl/runs";
import { agreementOf, shownPairs } from "./feedback.ts";
import type { LoadedLabeler } from "./load-labeler.ts";

/** Pairs that are judged between two checkpoints. */
const pairsAtOnce = 16;

/** A labelled pair, as a line of samples.jsonl. */
export interface LabelSample {
  readonly split: "label";
  readonly first: string;
  readonly second: string;
  /** Whom people preferred. */
  readonly truth: "first" | "second";
  /** The labeler's; null where it abstained. */
  readonly label: (LabeledPreference & Partial<AiLabel>) | null;
  /** Why it abstained. */
  readonly abstention?: string;
}

/** How good the labels are, against what people said. */
export interface LabelQuality {
  readonly name: string;
  readonly pairs: number;
  readonly abstained: number;
  /** Why, with the number of pairs. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly accuracy: number;
  readonly low95: number;
  readonly high95: number;
  /** Share of pairs whose two orders name the same one; null where there are no orders. */
  readonly positionConsistency: number | null;
  /** Of one order alone, read off as a letter would be: what averaging both orders is worth. */
  readonly oneOrderAccuracy: number | null;
  /** P(shown first) − ½, on average. */
  readonly firstBias: number | null;
  /** Of the longer text, and of the one shown first: baselines that read nothing. */
  readonly longerAccuracy: number;
  readonly alwaysFirstAccuracy: number;
  /** That the labeler read. */
  readonly inputTokens: number;
}

/** Tokens that the labeler read for the labels, before a stop and after. */
export const tokensRead = (run: Run): number =>
  run.metrics("labels").reduce((sum, { metrics }) => sum + (metrics.inputTokens ?? 0), 0);

/** Has all pairs judged; what was judged before a stop is in samples.jsonl, and the rest in the cache of answers. */
export const labelStage = async (
  run: Run,
  {
    labeler,
    inputTokens,
    pairs,
    tokenizer,
  }: Pick<LoadedLabeler, "labeler" | "inputTokens"> & {
    readonly pairs: readonly PreferencePair[];
    readonly tokenizer: Tokenizer;
  },
): Promise<LabelSample[]> => {
  const random = run.random.fork("order of responses");
  const isPreferredFirst = pairs.map(() => random.uniform() < 0.5);
  const shown = shownPairs(pairs, tokenizer, isPreferredFirst);
  await run.stage("labels", (stage) =>
    stage.loop({
      steps: Math.ceil(pairs.length / pairsAtOnce),
      every: 1,
      show: ["agreement", "abstained"],
      body: async (index) => {
        const from = index * pairsAtOnce;
        const some = shown.slice(from, from + pairsAtOnce);
        const before = inputTokens();
        const reasons = new Map<number, string>();
        const labels = await labeler.label(some, {
          onAbstain: (i, { reason, error }) => {
            reasons.set(i, reason);
            if (error !== undefined)
              run.note(`no label for ${some[i]!.id}: ${excerptOf(String(error), 300)}`);
          },
        });
        stage.samples(
          some.map((pair, i) => ({
            ...sampleOf(pair, labels[i]!, isPreferredFirst[from + i]!),
            ...(labels[i] === null && { abstention: reasons.get(i) ?? "no reason given" }),
          })),
        );
        const right = agreementOf(labels, isPreferredFirst.slice(from)).filter((p) => p !== null && p > 0.5);
        return {
          agreement: right.length / some.length,
          abstained: labels.filter((label) => label === null).length,
          inputTokens: inputTokens() - before,
        };
      },
    }),
  );
  return (run.samples() as unknown as LabelSample[]).filter(({ split }) => split === "label");
};

const sampleOf = (
  { first, second }: ResponsePair,
  label: LabelSample["label"],
  isFirst: boolean,
): LabelSample => ({
  split: "label",
  first,
  second,
  truth: isFirst ? "first" : "second",
  label,
});

/** P(the one that people preferred is better), for each pair. */
export const probabilitiesOf = (samples: readonly LabelSample[]): (number | null)[] =>
  agreementOf(
    samples.map(({ label }) => label),
    samples.map(({ truth }) => truth === "first"),
  );

/** Reasons with their numbers, for a line of text. */
export const reasonsText = (reasons: LabelQuality["reasons"]): string =>
  Object.entries(reasons)
    .map(([reason, count]) => `${reason}: ${count}`)
    .join("; ");

/** @throws ModelError where the labeler abstained from every pair: nothing can be learned from it. */
export const requireLabels = ({ name, pairs, abstained, reasons }: LabelQuality): void => {
  if (abstained < pairs) return;
  const message = `gave no label for any of ${pairs} pairs (${reasonsText(reasons)}); try --labeling or --reading of another kind, or another model`;
  throw new ModelError({ model: name, message });
};

const share = (samples: readonly LabelSample[], isRight: (sample: LabelSample) => boolean): number =>
  samples.filter(isRight).length / samples.length;

/** Held against people's labels; a pair that the labeler abstained from, or found equal, is not right. */
export const judgeLabels = (
  samples: readonly LabelSample[],
  { name, inputTokens }: Pick<LabelQuality, "name" | "inputTokens">,
): LabelQuality => {
  const labels = samples.map(({ label }) => label);
  const right = probabilitiesOf(samples).filter((p) => p !== null && p > 0.5).length;
  const { estimate, low, high } = wilsonInterval(right, samples.length);
  const judgedTwice = labels.flatMap((label) => (label?.orders ? [label as AiLabel] : []));
  const consistency = judgedTwice.length > 0 ? positionConsistency(judgedTwice) : undefined;
  const isFirstRight = ({ truth, label }: LabelSample) =>
    label?.orders ? label.orders[0] > 0.5 === (truth === "first") : false;
  return {
    name,
    pairs: samples.length,
    abstained: labels.filter((label) => label === null).length,
    reasons: countReasons(samples.flatMap(({ abstention }) => abstention ?? [])),
    accuracy: estimate,
    low95: low,
    high95: high,
    positionConsistency: consistency?.estimate ?? null,
    oneOrderAccuracy: consistency ? share(samples, isFirstRight) : null,
    firstBias: consistency?.firstBias ?? null,
    longerAccuracy: share(
      samples,
      ({ truth, first, second }) => first.length > second.length === (truth === "first"),
    ),
    alwaysFirstAccuracy: share(samples, ({ truth }) => truth === "first"),
    inputTokens,
  };
};
