import { type Alarm, fitRewardCurve, type RewardCurve } from "@accord-rl/evaluation";
import {
  type Block,
  dataTable,
  formatNumber,
  lineChart,
  metricSeries,
  paragraphs,
  type ReportSection,
  type Run,
  sampleComparison,
  scatterChart,
  smallMultiples,
} from "@accord-rl/runs";

/** Points that a curve of three coefficients is drawn through, and how far the farthest of them has to be. */
const fewest = 6;
const leastDistance = 0.1;
const gridPoints = 31;

const titles: Readonly<Record<string, string>> = {
  goldGap: "Gain of the reward less gold's, in deviations",
  repetition: "Pairs of words that a response has said before",
  stockPhrases: "Share of flattery and stock phrases",
  promptSimilarity: "Words that prompt and response share (cosine)",
};

interface Distance {
  readonly klNats: number;
  readonly score: number;
  readonly gold: number;
}

const peakOf = ({ peak, rSquared }: RewardCurve): string => {
  const end = (value: number) => (Number.isFinite(value) ? formatNumber(value) : "∞");
  return `highest at √KL = ${end(peak.estimate)} (95 %: ${end(peak.low)} to ${end(peak.high)}), R² ${formatNumber(rSquared)}`;
};

/** Reward and gold over √KL, one point per iteration, with Gao et al.'s curve through each. */
const rewardCurves = (run: Run, algorithm: string): Block[] => {
  const points = run
    .metrics(algorithm)
    .flatMap(({ metrics: { klNats, score, gold } }): Distance[] =>
      klNats === undefined || score === undefined || gold === undefined ? [] : [{ klNats, score, gold }],
    );
  const distances = points.map(({ klNats }) => Math.sqrt(Math.max(0, klNats)));
  if (new Set(distances).size < fewest || Math.max(...distances) < leastDistance) return [];
  const chart = (key: "score" | "gold", title: string): Block => {
    const random = run.random.fork(`curve of ${key}`);
    const curve = fitRewardCurve(
      points.map((point) => ({ klNats: point.klNats, reward: point[key] })),
      { random },
    );
    const end = Math.max(...distances);
    const grid = Array.from({ length: gridPoints }, (_, step) => (end * step) / (gridPoints - 1));
    return scatterChart({
      title,
      note: `Fitted: ${peakOf(curve)}.`,
      xLabel: "√KL, √nats",
      groups: [
        { name: "iterations", points: points.map((point, i) => ({ x: distances[i]!, y: point[key] })) },
        {
          name: "d·(α − β·log d)",
          connect: true,
          dots: false,
          points: grid.map((x) => ({ x, y: curve.at(x) })),
        },
      ],
    });
  };
  return [smallMultiples([chart("score", "Reward over √KL"), chart("gold", "Gold over √KL")])];
};

/** Alarms as summaries hold them: without the samples. */
export const alarmRows = (alarms: readonly Alarm[]) =>
  alarms.map(({ iteration, monitor, reason }) => ({ iteration, monitor, reason }));

/** Alarms in a table, and the samples that raised them. */
export const alarmBlocks = (alarms: readonly Alarm[]): Block[] =>
  alarms.length === 0
    ? [paragraphs("No alarm was raised.")]
    : [
        dataTable(alarmRows(alarms)),
        sampleComparison(
          alarms.map(({ iteration, monitor, samples }) => ({
            prompt: `${monitor}, iteration ${iteration}`,
            responses: samples.map(({ prompt, response }) => ({ label: prompt, text: response })),
          })),
        ),
      ];

/** What the monitors of reward hacking measured, and what they found. */
export const monitorSection = (run: Run, algorithm: string, alarms: readonly Alarm[]): ReportSection => {
  const rows = run.metrics(algorithm);
  const charts = Object.entries(titles).flatMap(([metric, title]) => {
    const series = [metricSeries(rows, metric)];
    return series[0]!.points.length === 0 ? [] : [lineChart({ title, xLabel: "iteration", series })];
  });
  return {
    title: "Monitors",
    intro:
      "Signs that the reward is served and what it stands for is not. Limits come from what the model wrote before: drawn again and again, it raises a false alarm in one of twenty runs; what learning may change is allowed besides.",
    blocks: [...alarmBlocks(alarms), ...rewardCurves(run, algorithm), smallMultiples(charts)],
  };
};
