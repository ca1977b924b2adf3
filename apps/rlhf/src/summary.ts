import type { Random } from "@accord-rl/core";
import {
  type Alarm,
  distinctN,
  mean,
  pairedDifferenceInterval,
  winRate,
  withLimits,
  words,
} from "@accord-rl/evaluation";
import { lengthControlledWinRate, type WinRecord } from "@accord-rl/feedback";
import {
  alarmRows,
  type HeldOutSample,
  type Perplexity,
  type PolicyName,
  type RewardModelReport,
} from "@accord-rl/recipes";
import type { Options } from "./options.ts";

/** Means over the held-out prompts. */
export interface HeldOutFigures {
  readonly reward: number;
  readonly gold: number;
  readonly secondJudge: number;
  /** Of the responses, under the SFT model. */
  readonly perplexity: number;
  /** Share of different pairs of words in all responses. */
  readonly distinct2: number;
  readonly length: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const figures = (samples: readonly HeldOutSample[]): HeldOutFigures => {
  const average = (key: "reward" | "gold" | "secondJudge" | "length") =>
    mean(samples.map((sample) => sample[key]));
  return {
    reward: average("reward"),
    gold: average("gold"),
    secondJudge: average("secondJudge"),
    perplexity: Math.exp(
      sum(samples.map(({ surprise }) => surprise)) / sum(samples.map(({ length }) => length)),
    ),
    distinct2: distinctN(
      samples.map(({ response }) => words(response)),
      2,
    ),
    length: average("length"),
  };
};

/** Share of pairs of samples that reward and gold put in the same order; pairs that gold finds equal are left out. */
export const agreement = (samples: readonly Pick<HeldOutSample, "reward" | "gold">[]): number => {
  let [agreed, decided] = [0, 0];
  samples.forEach((a, i) => {
    for (const b of samples.slice(i + 1)) {
      if (a.gold === b.gold) continue;
      decided++;
      if (a.reward > b.reward === a.gold > b.gold) agreed++;
    }
  });
  return decided === 0 ? 0.5 : agreed / decided;
};

/** Gold's verdict on each pair of answers to the same prompt, with their lengths in tokens. */
const verdicts = (after: readonly HeldOutSample[], before: readonly HeldOutSample[]): WinRecord[] =>
  after.map(({ gold, length }, i) => {
    const baseline = before[i]!;
    return {
      probability: (Math.sign(gold - baseline.gold) + 1) / 2,
      length,
      baselineLength: baseline.length,
    };
  });

/** What summary.json holds. */
export const summarize = (
  samples: readonly HeldOutSample[],
  {
    sft,
    rewardModel,
    alarms,
    options,
    metric,
    backend,
    seconds,
    random,
  }: {
    readonly sft: Perplexity;
    readonly rewardModel: RewardModelReport;
    readonly alarms: readonly Alarm[];
    readonly options: Options;
    /** What gold is. */
    readonly metric: string;
    readonly backend: string;
    readonly seconds: Readonly<Record<string, number>>;
    readonly random: Random;
  },
) => {
  const of = (policy: PolicyName) => samples.filter((sample) => sample.policy === policy);
  const [before, after, bestOf4] = [of("before"), of("after"), of("bestOf4")];
  const goldOf = (some: readonly HeldOutSample[]) => some.map(({ gold }) => gold);
  const { heldOutAccuracy, bagOfWordsAccuracy, lengthBaselineAccuracy, ece, pairs } = rewardModel;
  return {
    task: options.task,
    metric,
    backend,
    preset: options.preset,
    seed: options.seed,
    seconds,
    sft: { perplexityBefore: sft.before, perplexityAfter: sft.after },
    rewardModel: {
      heldOutAccuracy,
      bagOfWordsAccuracy,
      lengthBaselineAccuracy,
      ece,
      pairs,
      onPolicyAgreement: { before: agreement(before), after: agreement(after) },
    },
    heldOut: {
      prompts: before.length,
      before: figures(before),
      after: figures(after),
      bestOf4: figures(bestOf4),
      goldDifference: withLimits(pairedDifferenceInterval(goldOf(before), goldOf(after), { random })),
      winRate: withLimits(winRate(goldOf(after), goldOf(before))),
      lengthControlledWinRate: withLimits(
        lengthControlledWinRate(verdicts(after, before), { random: random.fork("length control") })
          .controlled,
      ),
      klNats: mean(after.map(({ klNats }) => klNats)),
      targetKl: options.targetKl,
    },
    alarms: alarmRows(alarms),
  };
};

export type Summary = ReturnType<typeof summarize>;
