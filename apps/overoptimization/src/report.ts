import type { Random } from "@accord-rl/core";
import type { Limits } from "@accord-rl/evaluation";
import {
  type Block,
  dataTable,
  formatNumber,
  keyFigures,
  optionsSection,
  paragraphs,
  type Run,
  writeReport,
} from "@accord-rl/runs";
import { ensembles, frontiers, peaks, trainedCharts } from "./charts.ts";
import type { Studies } from "./claims.ts";
import type { Options } from "./options.ts";
import type { Summary } from "./summary.ts";
import { cleanKl } from "./watch.ts";

const interval = ({ mean, low95, high95 }: Limits): string =>
  `${formatNumber(mean)} (${formatNumber(low95)} to ${formatNumber(high95)})`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The claims as rows, for the report and the terminal. */
export const claimRows = ({ claims }: Summary) =>
  claims.map(({ claim, holds, measure, ...limits }) => ({
    claim,
    shown: holds ? "yes" : "no",
    "mean (95 %)": interval(limits),
    "what is measured": measure,
  }));

/** Proxies as rows. */
export const proxyRows = ({ proxies }: Summary, { klNats }: Options) =>
  proxies.map(({ labels, proxy, ...figures }) => ({
    labels,
    proxy,
    accuracy: interval(figures.accuracy),
    "√KL at the peak": interval(figures.peakDistance),
    "gold at the peak": interval(figures.goldAtPeak),
    "lost after it": interval(figures.drop),
    [`gap at ${klNats} nats`]: interval(figures.gap),
  }));

const trainedSection = (studies: Studies, { fits }: Summary, options: Options, random: Random) => ({
  title: "PPO and best of n",
  intro: `The same worlds by learning and by drawing: PPO on samples with KL coefficients of its own, every point of it exact, and best of n with its mean over ${options.batch} prompts. All are against the proxy of ${options.ensembleLabels} labels.`,
  blocks: [
    trainedCharts(studies, options, random),
    ...(fits.length === 0
      ? []
      : [
          dataTable(
            fits.map(({ world, by, curve, alpha, beta, peak, exactPeak, rSquared }) => ({
              world: world + 1,
              by,
              curve,
              α: interval(alpha),
              β: interval(beta),
              "fitted peak": `${formatEnd(peak.mean)} (${formatEnd(peak.low95)} to ${formatEnd(peak.high95)})`,
              "exact peak": exactPeak,
              "R²": rSquared,
            })),
          ),
          paragraphs(
            "Gold over d = √KL as Gao et al. 2022 have it: d·(α − β·log d) for reinforcement learning, d·(α − β·d) for best of n; least squares, percentile bootstrap over points. The exact peak is that of the Gibbs policies of the same proxy.",
          ),
        ]),
  ],
});

const formatEnd = (value: number | null): string => (value === null ? "∞" : formatNumber(value));

const monitorBlocks = ({ monitors }: Summary): Block[] => {
  if (monitors === null) return [];
  const { asked, falseAlarmRate, detectionRate, medianDelay, first, raised } = monitors;
  return [
    keyFigures([
      {
        label: "false alarms",
        value: percent(falseAlarmRate.mean),
        note: `of clean runs; asked for: ${percent(asked)}; 95 %: ${percent(falseAlarmRate.low95)} to ${percent(falseAlarmRate.high95)}`,
        tone: falseAlarmRate.low95 <= asked ? "good" : "bad",
      },
      {
        label: "found",
        value: percent(detectionRate.mean),
        note: `of runs that go on; 95 %: ${percent(detectionRate.low95)} to ${percent(detectionRate.high95)}`,
        tone: detectionRate.low95 > 0.5 ? "good" : "bad",
      },
      {
        label: "first alarm, median",
        value:
          medianDelay === null ? "–" : `${medianDelay > 0 ? "+" : ""}${formatNumber(medianDelay)} iterations`,
        note: "from the peak of gold; negative: before it",
      },
    ]),
    dataTable(
      Object.entries(raised)
        .sort(([, a], [, b]) => b - a)
        .map(([monitor, runs]) => ({
          monitor,
          "runs with its alarm": runs,
          "of them as the first": first[monitor] ?? 0,
        })),
    ),
  ];
};

/** Writes report.html into the run's folder. */
export const report = (
  run: Run,
  {
    summary,
    studies,
    options,
    random,
  }: {
    readonly summary: Summary;
    readonly studies: Studies;
    readonly options: Options;
    readonly random: Random;
  },
): Promise<void> => {
  const { claims, ceiling, worlds } = summary;
  const shown = claims.filter(({ holds }) => holds).length;
  return writeReport(run.path("report.html"), {
    title: "Over-optimization of learned rewards",
    subtitle: `${worlds} small languages whose gold reward is known · proxies of ${options.labels.map((count) => count.toLocaleString("en")).join(", ")} labels`,
    sections: [
      {
        title: "What was to be shown",
        intro:
          "Each language has 10,000 responses of four tokens, so that policies of every KL can be computed exactly: π ∝ π_ref·exp(proxy/β). A proxy is a Bradley-Terry model of labels that gold gives; it could be exactly right, had it labels enough.",
        blocks: [
          keyFigures([
            {
              label: "claims that hold",
              value: `${shown} of ${claims.length}`,
              tone: shown === claims.length ? "good" : "bad",
            },
            { label: "languages", value: worlds, note: "intervals are bootstraps over them" },
            {
              label: "Bayes ceiling",
              value: percent(ceiling),
              note: "accuracy of gold itself on new labels",
            },
          ]),
          dataTable(claimRows(summary)),
        ],
      },
      {
        title: "Proxy and gold",
        intro:
          "The same policies, scored by the proxy that they were made for and by gold. The proxy always rises; gold turns round where it no longer follows. Bands: 95 % over languages.",
        blocks: [frontiers(studies, options, random)],
      },
      {
        title: "More labels",
        intro: "With more labels gold rises further, for longer, and loses less after its peak.",
        blocks: [peaks(summary, studies, options, random), dataTable(proxyRows(summary, options))],
      },
      {
        title: "Ensembles",
        intro: `${options.members} reward models of the same ${options.ensembleLabels} labels, each learned from a resample of them: their mean, the worst of them, and the mean less ${options.penalty} times their variance (Coste et al. 2023). One member is what each of them is alone; one model saw every label, where a resample misses a third of them. The gap is the gain of the proxy less that of gold, each in its deviations under the reference.`,
        blocks: [ensembles(summary, studies, options, random)],
      },
      ...(studies.trained.length === 0 ? [] : [trainedSection(studies, summary, options, random)]),
      ...(summary.monitors === null
        ? []
        : [
            {
              title: "Monitors",
              intro: `Runs of 20 iterations of 64 samples, each in a language of its own. Clean ones stop at ${cleanKl} nat; the others go on until there is next to no penalty. Limits were calibrated on other clean runs. That the KL is first to show it follows from what is called clean; the others show what it leads to.`,
              blocks: monitorBlocks(summary),
            },
          ]),
      optionsSection(options),
    ],
  });
};
