import type { Random } from "@accord-rl/core";
import {
  bootstrapInterval,
  distinctN,
  type Limits,
  mean,
  pairedDifferenceInterval,
  winRate,
  withLimits,
  words,
} from "@accord-rl/evaluation";
import type { LabelerAudit } from "@accord-rl/feedback";
import { alarmRows, type HeldOutSample } from "@accord-rl/recipes";
import type { LabelQuality } from "./label-stage.ts";
import type { ArmResult } from "./train-arm.ts";

/** One policy on the held-out prompts, beside the SFT policy on the same. */
export interface PolicyFigures {
  readonly gold: Limits;
  readonly goldGain: Limits;
  readonly winRateAgainstSft: Limits;
  readonly klNats: number;
  readonly secondJudge: number;
  readonly distinct2: number;
  readonly length: number;
  readonly rewardModelAccuracy: number | null;
  readonly pairs: number;
  /** What the monitors of reward hacking found while it learned. */
  readonly alarms: ReturnType<typeof alarmRows>;
}

/** Held-out answers of the policies, `sft` among them, as figures with intervals. */
export const policyFigures = (
  samples: Readonly<Record<string, readonly HeldOutSample[]>>,
  results: Readonly<Record<string, ArmResult>>,
  random: Random,
): Record<string, PolicyFigures> => {
  const goldOf = (name: string) => samples[name]!.map(({ gold }) => gold);
  const before = goldOf("sft");
  return Object.fromEntries(
    Object.entries(samples).map(([name, own]): [string, PolicyFigures] => [
      name,
      {
        gold: withLimits(bootstrapInterval(goldOf(name), { random: random.fork(name) })),
        goldGain: withLimits(
          pairedDifferenceInterval(before, goldOf(name), { random: random.fork(`${name} gain`) }),
        ),
        winRateAgainstSft: withLimits(winRate(goldOf(name), before)),
        klNats: mean(own.map(({ klNats }) => klNats)),
        secondJudge: mean(own.map(({ secondJudge }) => secondJudge)),
        distinct2: distinctN(
          own.map(({ response }) => words(response)),
          2,
        ),
        length: mean(own.map(({ length }) => length)),
        rewardModelAccuracy: results[name]?.rewardAccuracy ?? null,
        pairs: results[name]?.pairs ?? 0,
        alarms: alarmRows(results[name]?.alarms ?? []),
      },
    ]),
  );
};

/** What summary.json holds. */
export interface Summary {
  readonly backend: string;
  readonly preset: string;
  readonly seed: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly labeler: LabelQuality;
  /** null where none was asked for. */
  readonly audit: LabelerAudit | null;
  readonly policies: Readonly<Record<string, PolicyFigures>>;
  /** Gold of the one minus gold of the other, prompt by prompt. */
  readonly differences: readonly ({ readonly of: string; readonly minus: string } & Limits)[];
}

/** Every trained policy against every other, on the same prompts. */
export const differences = (
  samples: Readonly<Record<string, readonly HeldOutSample[]>>,
  random: Random,
): Summary["differences"] => {
  const names = Object.keys(samples).filter((name) => name !== "sft");
  const gold = (name: string) => samples[name]!.map((sample) => sample.gold);
  return names.flatMap((of, i) =>
    names.slice(0, i).map((minus) => ({
      of,
      minus,
      ...withLimits(
        pairedDifferenceInterval(gold(minus), gold(of), { random: random.fork(`${of} - ${minus}`) }),
      ),
    })),
  );
};
