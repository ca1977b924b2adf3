import { dataTable, formatNumber, keyFigures, paragraphs, type Run, writeReport } from "@accord-rl/runs";
import { finalReturns, frontier, improvements, learningCurves, optimumDistances } from "./report-charts.ts";
import type { ReportContent } from "./report-content.ts";
import type { Summary } from "./summary.ts";
import { tableRows } from "./table-rows.ts";

const seedRows = ({ algorithms }: Summary) =>
  Object.entries(algorithms).flatMap(([algorithm, { seeds }]) =>
    seeds.map(({ finalReturn, seconds, distanceToOptimum, klNats, ...seed }) => ({
      algorithm,
      ...seed,
      "final return": finalReturn,
      ...(distanceToOptimum !== undefined && { "distance to the optimum": distanceToOptimum }),
      ...(klNats !== undefined && { "KL, nats": klNats }),
      seconds,
    })),
  );

const figures = ({ task, summary, groups, planned }: ReportContent) => {
  const ranked = Object.entries(summary.algorithms).sort(([, a], [, b]) => b.mean - a.mean);
  const [best, { mean, low95, high95 }] = ranked[0]!;
  const [fastest, { stepsPerSecond }] = Object.entries(summary.algorithms).sort(
    ([, a], [, b]) => b.stepsPerSecond - a.stepsPerSecond,
  )[0]!;
  const finished = groups.reduce((count, [, runs]) => count + runs.length, 0);
  return keyFigures([
    {
      label: `highest mean: ${best}`,
      value: mean,
      note: `95 %: ${formatNumber(low95)} to ${formatNumber(high95)}`,
    },
    ...(task.best === undefined ? [] : [{ label: "the best there can be", value: task.best }]),
    { label: `fastest: ${fastest}`, value: Math.round(stepsPerSecond), note: `${task.stepLabel} per second` },
    {
      label: "runs",
      value: finished,
      note: finished === planned ? "all of them ended" : `of ${planned}; the others failed`,
    },
  ]);
};

/** Writes report.html into the comparison's folder. */
export const report = (run: Run, content: ReportContent): Promise<void> => {
  const { task, summary, groups, random, options } = content;
  const hasKl = groups.some(([, runs]) => runs.some(({ result }) => result.gains !== undefined));
  const hasOptimum = groups.some(([, runs]) =>
    runs.some(({ result }) => result.distanceToOptimum !== undefined),
  );
  const curves = learningCurves(content);
  return writeReport(run.path("report.html"), {
    title: task.title,
    subtitle: `${groups.map(([name]) => name).join(", ")} · ${summary.backend}`,
    sections: [
      {
        title: "Final returns",
        intro: task.description,
        blocks: [
          figures(content),
          dataTable(tableRows(summary, groups, random)),
          finalReturns(content),
          paragraphs(
            "A dot is the estimate, the line around it where it lies with 95 % confidence: a percentile bootstrap that draws seeds again, those of each algorithm by themselves. The interquartile mean leaves out the best and the worst quarter of the seeds: less noise than the median, less moved by an outlier than the mean (Agarwal et al. 2021). With few seeds every such interval is too short.",
          ),
        ],
      },
      ...(groups.length > 1
        ? [
            {
              title: "Probability of improvement",
              intro:
                "How likely a run of the algorithm in the row ends higher than one of the algorithm in the column; ½ where neither is better. With its 95 % interval.",
              blocks: improvements(content),
            },
          ]
        : []),
      ...(curves === undefined
        ? []
        : [
            {
              title: "Learning curves",
              intro: `${task.returnLabel}, the mean over seeds with its 95 % interval: over what was learned from, and over the time that it took.`,
              blocks: [curves],
            },
          ]),
      ...(hasKl
        ? [
            {
              title: "Reward against KL",
              intro:
                "What an algorithm gets for how far it moves from where it began; one point per seed. Above and to the left is better. Best of n moves by log n − (n − 1)/n nats.",
              blocks: [frontier(content)],
            },
          ]
        : []),
      ...(hasOptimum
        ? [
            {
              title: "Distance to the optimum",
              intro: "The largest difference of a response's probability, one bar per seed.",
              blocks: [optimumDistances(content)],
            },
          ]
        : []),
      {
        title: "Every run",
        intro: "Seconds are those of training, in processes that may have shared the machine.",
        blocks: [dataTable(seedRows(summary))],
      },
      {
        title: "Options",
        blocks: [
          dataTable(
            Object.entries(options)
              .filter(([, value]) => value !== undefined)
              .map(([option, value]) => ({ option, value: String(value) })),
          ),
        ],
      },
    ],
  });
};
