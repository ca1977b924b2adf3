import type { Alarm } from "@accord-rl/evaluation";
import {
  type HeldOutSample,
  monitorSection,
  policyNames,
  type RewardModelReport,
  type TaskWords,
} from "@accord-rl/recipes";
import {
  barChart,
  dataTable,
  formatDuration,
  formatNumber,
  keyFigures,
  lineChart,
  metricSeries,
  optionsSection,
  paragraphs,
  type Run,
  reliabilityChart,
  sampleComparison,
  smallMultiples,
  writeReport,
} from "@accord-rl/runs";
import type { Options } from "./options.ts";
import type { Summary } from "./summary.ts";

const algorithmLabels: Readonly<Record<string, string>> = {
  ...{ ppo: "PPO", a2c: "A2C", reinforce: "REINFORCE", rloo: "RLOO", grpo: "GRPO", dpo: "DPO" },
  "q-learning": "soft Q-learning",
};
const labelOf = (algorithm: string): string => algorithmLabels[algorithm] ?? algorithm;
const policyLabels = (algorithm: string) => ({
  before: "before (SFT)",
  after: `after (${labelOf(algorithm)})`,
  bestOf4: "best of 4 (SFT)",
});
const stageLabels: Readonly<Record<string, string>> = {
  sft: "fine-tuning",
  rewardModel: "reward model",
  ...algorithmLabels,
  evaluation: "evaluation",
};

const interval = ({ low95, high95 }: { low95: number; high95: number }): string =>
  `95 %: ${formatNumber(low95)} to ${formatNumber(high95)}`;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const percentInterval = ({ low95, high95 }: { low95: number; high95: number }): string =>
  `95 %: ${percent(low95)} to ${percent(high95)}`;

const curves = (run: Run, { targetKl, algorithm }: Options, words: TaskWords) => {
  const rows = run.metrics(algorithm);
  // Each algorithm has metrics of its own.
  const chart = (metric: string, title: string, extra: object = {}) => {
    const series = [metricSeries(rows, metric)];
    return series[0]!.points.length === 0
      ? []
      : [lineChart({ title, xLabel: "iteration", series, ...extra })];
  };
  return smallMultiples([
    ...chart("score", "Reward (model's score, normalised)"),
    ...chart("gold", `Gold (${words.goldName}, unseen by training)`),
    ...chart("klNats", "KL to the SFT policy, nats per response", {
      references: [{ y: targetKl, label: "target" }],
    }),
    ...chart("klCoefficient", "KL coefficient β"),
    ...chart("entropy", "Entropy, nats per token"),
    ...chart("valueLoss", "Value loss"),
    ...chart("length", "Response length, tokens"),
    ...chart("distinct2", "Distinct pairs of words"),
  ]);
};

const learningCurves = (run: Run) =>
  smallMultiples([
    lineChart({
      title: "Fine-tuning: loss, nats per token",
      series: [metricSeries(run.metrics("sft"), "loss")],
    }),
    lineChart({ title: "Reward model: loss", series: [metricSeries(run.metrics("rewardModel"), "loss")] }),
  ]);

const sideBySide = (samples: readonly HeldOutSample[], labels: ReturnType<typeof policyLabels>) => {
  const before = samples.filter(({ policy }) => policy === "before");
  return sampleComparison(
    before.slice(0, 12).map(({ prompt }) => ({
      prompt,
      responses: policyNames.flatMap((name) =>
        samples
          .filter((sample) => sample.policy === name && sample.prompt === prompt)
          .map(({ response, reward, gold, secondJudge }) => ({
            label: labels[name],
            // A prompt may end within a word.
            text: response.startsWith(" ") ? response.trimStart() : `…${response}`,
            scores: { reward, gold, "second judge": secondJudge },
          })),
      ),
    })),
  );
};

/** Writes report.html into the run's folder. */
export const report = (
  run: Run,
  {
    summary,
    rewardModel,
    alarms,
    samples,
    options,
    words,
  }: {
    readonly summary: Summary;
    readonly rewardModel: RewardModelReport;
    readonly alarms: readonly Alarm[];
    readonly samples: readonly HeldOutSample[];
    readonly options: Options;
    readonly words: TaskWords;
  },
): Promise<void> => {
  const { heldOut, seconds, sft } = summary;
  const label = labelOf(options.algorithm);
  const labels = policyLabels(options.algorithm);
  const { goldDifference, winRate, lengthControlledWinRate } = heldOut;
  const { total = 0, ...stages } = seconds;
  const rest = total - Object.values(stages).reduce((sum, spent) => sum + spent, 0);
  return writeReport(run.path("report.html"), {
    title: words.title,
    subtitle: `${options.policy}, ${words.data} · ${label} with ${options.kl} · preset ${options.preset}, seed ${options.seed}, ${summary.backend} · ${formatDuration(total)}`,
    sections: [
      {
        title: "What changed",
        intro: `The same ${heldOut.prompts} held-out ${words.prompts}, given to the fine-tuned model (before) and to what it was after ${label}. Gold is ${words.gold}.`,
        blocks: [
          keyFigures([
            {
              label: `gold (${words.goldName}), after − before`,
              value: goldDifference.mean,
              note: interval(goldDifference),
              tone: goldDifference.low95 > 0 ? "good" : "bad",
            },
            {
              label: "win rate against before",
              value: percent(winRate.mean),
              note: percentInterval(winRate),
            },
            {
              label: "the same at equal length",
              value: percent(lengthControlledWinRate.mean),
              note: percentInterval(lengthControlledWinRate),
            },
            {
              label: "KL to the SFT policy",
              value: `${formatNumber(heldOut.klNats)} nats`,
              note: `per response; target ${heldOut.targetKl}`,
            },
            {
              label: "reward model's accuracy",
              value: percent(rewardModel.heldOutAccuracy),
              note: `on held-out pairs; bag of words ${percent(rewardModel.bagOfWordsAccuracy)}`,
            },
          ]),
          dataTable(
            policyNames.map((name) => {
              const { secondJudge, distinct2, ...figures } = heldOut[name];
              return {
                policy: labels[name],
                ...figures,
                "second judge": secondJudge,
                "distinct pairs of words": distinct2,
              };
            }),
          ),
          paragraphs(
            `Reward is the reward model's score, in standard deviations from the fine-tuned model's mean. The second judge is ${words.secondJudge}. Perplexity is that of the responses under the fine-tuned model. The win rate at equal length is what a regression of gold's verdicts on the difference in length leaves (Dubois et al. 2024). Best of 4 keeps the one of four responses of the fine-tuned model that the reward model likes best.`,
          ),
        ],
      },
      {
        title: "Samples, side by side",
        intro:
          "The first held-out prompts in their order; nothing is picked. The highest score of each kind is marked.",
        blocks: [sideBySide(samples, labels)],
      },
      {
        title: label,
        intro: "Means over the responses of each iteration.",
        blocks: [curves(run, options, words)],
      },
      monitorSection(run, options.algorithm, alarms),
      {
        title: "Reward model",
        intro: words.pairs,
        blocks: [
          smallMultiples([
            reliabilityChart({
              title: `Calibration (expected error ${formatNumber(rewardModel.ece)})`,
              bins: rewardModel.bins.map(({ confidence, frequency, count }) => ({
                confidence,
                accuracy: frequency,
                count,
              })),
            }),
            barChart({
              title: "Accuracy on held-out pairs",
              bars: [
                { label: "reward model", value: rewardModel.heldOutAccuracy },
                { label: "bag of words", value: rewardModel.bagOfWordsAccuracy },
                { label: "length only", value: rewardModel.lengthBaselineAccuracy },
              ],
            }),
          ]),
          paragraphs(
            `Reward and gold put ${percent(summary.rewardModel.onPolicyAgreement.before)} of all pairs of responses in the same order before ${label}, and ${percent(summary.rewardModel.onPolicyAgreement.after)} after it: how far the reward can be trusted on the texts that it is used on.`,
          ),
        ],
      },
      {
        title: "Fine-tuning",
        intro: `Perplexity on held-out ${words.texts}: ${formatNumber(sft.perplexityBefore)} before, ${formatNumber(sft.perplexityAfter)} after.`,
        blocks: [learningCurves(run)],
      },
      {
        title: "What it cost",
        blocks: [
          dataTable(
            [
              ...Object.entries(stages),
              ["loading, and the rest", rest] as const,
              ["in all", total] as const,
            ].map(([stage, spent]) => ({
              stage: stageLabels[stage] ?? stage,
              time: formatDuration(spent),
              share: percent(spent / total),
            })),
          ),
        ],
      },
      optionsSection(options),
    ],
  });
};
