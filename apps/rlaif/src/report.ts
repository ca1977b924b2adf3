import { expectedCalibrationError, type Limits, reliabilityBins } from "@accord-rl/evaluation";
import { auditRows } from "@accord-rl/feedback";
import { alarmBlocks, type HeldOutSample } from "@accord-rl/recipes";
import {
  barChart,
  dataTable,
  formatDuration,
  formatNumber,
  intervalChart,
  keyFigures,
  lineChart,
  metricSeries,
  optionsSection,
  paragraphs,
  type ReportSection,
  type Run,
  reliabilityChart,
  sampleComparison,
  smallMultiples,
  writeReport,
} from "@accord-rl/runs";
import { type Arm, type ArmName, arms } from "./arms.ts";
import { type LabelSample, probabilitiesOf, reasonsText } from "./label-stage.ts";
import type { Options } from "./options.ts";
import type { Summary } from "./summary.ts";
import type { ArmResult } from "./train-arm.ts";

type Results = Readonly<Record<string, ArmResult>>;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const titleOf = (policy: string): string => (policy === "sft" ? "SFT" : arms[policy as ArmName].title);
const within = ({ low95, high95 }: Limits): string => `${formatNumber(low95)} to ${formatNumber(high95)}`;

const outcome = ({ policies, labeler, differences }: Summary): ReportSection => {
  const trained = Object.entries(policies).filter(([name]) => name !== "sft");
  return {
    title: "What came of it",
    intro:
      "The same held-out openings, continued by each policy. Gold is VADER, a judge by lexicon and rules that no training saw.",
    blocks: [
      keyFigures([
        {
          label: "labels as people gave them",
          value: percent(labeler.accuracy),
          note: `95 %: ${percent(labeler.low95)} to ${percent(labeler.high95)}, of ${labeler.pairs} pairs`,
          tone: labeler.low95 > 0.5 ? "good" : "bad",
        },
        ...trained.map(([name, { goldGain }]) => ({
          label: `gold, ${titleOf(name)} − SFT`,
          value: goldGain.mean,
          note: `95 %: ${within(goldGain)}`,
          tone: goldGain.low95 > 0 ? ("good" as const) : ("bad" as const),
        })),
      ]),
      intervalChart({
        title: "Win rate against SFT",
        bars: trained.map(([name, { winRateAgainstSft: rate }]) => ({
          label: titleOf(name),
          value: rate.mean,
          low: rate.low95,
          high: rate.high95,
        })),
        reference: { x: 0.5, label: "even" },
      }),
      dataTable(
        Object.entries(policies).map(([name, figures]) => ({
          policy: titleOf(name),
          gold: figures.gold.mean,
          "95 %": within(figures.gold),
          "second judge": figures.secondJudge,
          "KL, nats": figures.klNats,
          "distinct pairs of words": figures.distinct2,
          length: figures.length,
          "reward model right":
            figures.rewardModelAccuracy === null ? "" : percent(figures.rewardModelAccuracy),
          "pairs learned from": figures.pairs,
        })),
      ),
      ...(differences.length === 0
        ? []
        : [
            dataTable(
              differences.map(({ of, minus, ...limits }) => ({
                difference: `${titleOf(of)} − ${titleOf(minus)}`,
                gold: limits.mean,
                "95 %": within(limits),
                verdict: limits.low95 > 0 ? "better" : limits.high95 < 0 ? "worse" : "can't be told apart",
              })),
            ),
          ]),
    ],
  };
};

const labelQuality = (labels: readonly LabelSample[], { labeler }: Summary): ReportSection => {
  const probabilities = probabilitiesOf(labels).filter((p) => p !== null);
  // Each pair seen from both sides, so that a probability and its complement weigh alike.
  const predicted = probabilities.flatMap((p) => [p, 1 - p]);
  const outcomes = probabilities.flatMap(() => [1, 0]);
  const bins = reliabilityBins(predicted, outcomes);
  return {
    title: "The labeler",
    intro: `${labeler.name} judged ${labeler.pairs} pairs of reviews; what it says is held against the people who wrote them.`,
    blocks: [
      smallMultiples([
        barChart({
          title: "Share of pairs labelled as people did",
          bars: [
            { label: "labeler", value: labeler.accuracy, low: labeler.low95, high: labeler.high95 },
            ...(labeler.oneOrderAccuracy === null
              ? []
              : [{ label: "labeler, one order", value: labeler.oneOrderAccuracy }]),
            { label: "the longer one", value: labeler.longerAccuracy },
            { label: "always the first", value: labeler.alwaysFirstAccuracy },
          ],
        }),
        reliabilityChart({
          title: `Calibration (expected error ${formatNumber(expectedCalibrationError(predicted, outcomes))})`,
          bins: bins.map(({ confidence, frequency, count }) => ({ confidence, accuracy: frequency, count })),
        }),
      ]),
      paragraphs(
        `${
          labeler.positionConsistency === null || labeler.firstBias === null
            ? "Each text was judged by itself, so that no order could bias the labels."
            : `Both orders name the same review in ${percent(labeler.positionConsistency)} of the pairs; the one shown first gets ${formatNumber(labeler.firstBias)} more probability than one half, on average, which averaging over the orders takes out.`
        } The labeler abstained from ${labeler.abstained} pairs${labeler.abstained > 0 ? ` (${reasonsText(labeler.reasons)})` : ""}, and read ${formatNumber(labeler.inputTokens)} tokens in all.`,
      ),
    ],
  };
};

const audits = ({ audit }: Summary): ReportSection[] =>
  audit === null
    ? []
    : [
        {
          title: "Bias of the labeler",
          intro: `Each number is 0 for a labeler without the bias. The intervals hold together, at ${percent(audit.level)}, on ${audit.labeled} pairs.`,
          blocks: [
            dataTable(auditRows(audit)),
            ...Object.entries(audit.skipped).map(([name, why]) =>
              paragraphs(`Not looked at: ${name} (${why}).`),
            ),
          ],
        },
      ];

const curves = (run: Run, options: Options): ReportSection => {
  const rows = options.arms.map((name) => {
    const { algorithm = options.algorithm }: Arm = arms[name];
    return [titleOf(name), run.metrics(`${name}-${algorithm}`)] as const;
  });
  const chart = (metric: string, title: string) =>
    lineChart({
      title,
      xLabel: "iteration",
      series: rows.map(([name, metrics]) => ({ ...metricSeries(metrics, metric), name })),
    });
  return {
    title: "Learning",
    intro: "Means over the responses of each iteration; the reward is each policy's own reward model's.",
    blocks: [
      smallMultiples([
        chart("score", "Reward, normalised"),
        chart("gold", "Gold"),
        chart("klNats", "KL to the SFT policy, nats per response"),
        chart("distinct2", "Distinct pairs of words"),
      ]),
    ],
  };
};

const monitors = (results: Results): ReportSection => ({
  title: "Monitors",
  intro:
    "Signs that a policy serves its reward and not what the reward stands for. Limits come from what the SFT policy writes, plus what learning may change.",
  blocks: Object.entries(results).flatMap(([name, { alarms }]) => [
    paragraphs(`${titleOf(name)}:`),
    ...alarmBlocks(alarms),
  ]),
});

const sideBySide = (samples: Readonly<Record<string, readonly HeldOutSample[]>>): ReportSection => ({
  title: "Samples, side by side",
  intro:
    "The first held-out prompts in their order; nothing is picked. The highest score of each kind is marked.",
  blocks: [
    sampleComparison(
      samples.sft!.slice(0, 10).map(({ prompt }, i) => ({
        prompt,
        responses: Object.entries(samples).map(([name, own]) => {
          const { response, gold, secondJudge } = own[i]!;
          return {
            label: titleOf(name),
            text: response.startsWith(" ") ? response.trimStart() : `…${response}`,
            scores: { gold, "second judge": secondJudge },
          };
        }),
      })),
    ),
  ],
});

const cost = ({ seconds: { total = 0, ...stages } }: Summary): ReportSection => ({
  title: "What it cost",
  blocks: [
    dataTable(
      [...Object.entries(stages), ["in all", total] as const].map(([stage, spent]) => ({
        stage,
        time: formatDuration(spent),
        share: percent(spent / total),
      })),
    ),
  ],
});

/** Writes report.html into the run's folder. */
export const report = (
  run: Run,
  {
    summary,
    labels,
    samples,
    results,
    options,
  }: {
    readonly summary: Summary;
    readonly labels: readonly LabelSample[];
    readonly samples: Readonly<Record<string, readonly HeldOutSample[]>>;
    readonly results: Results;
    readonly options: Options;
  },
): Promise<void> =>
  writeReport(run.path("report.html"), {
    title: "Feedback from AI, from people, and from both",
    subtitle: `${options.policy}, labelled by ${options.labeler} · preset ${options.preset}, seed ${options.seed}, ${summary.backend} · ${formatDuration(summary.seconds.total ?? 0)}`,
    sections: [
      outcome(summary),
      labelQuality(labels, summary),
      ...audits(summary),
      sideBySide(samples),
      curves(run, options),
      monitors(results),
      cost(summary),
      optionsSection(options),
    ],
  });
