import { writeFileSync } from "node:fs";
import { cleanText } from "@accord-rl/core";
import {
  dataTable,
  formatDuration,
  formatMarkdownTable,
  formatNumber,
  intervalChart,
  keyFigures,
  optionsSection,
  paragraphs,
  type ReportSection,
  type Run,
  sampleComparison,
  smallMultiples,
  writeReport,
} from "@accord-rl/runs";
import type { Judgement } from "./judge-set.ts";
import { methods } from "./methods.ts";
import type { Options } from "./options.ts";
import { knownSets } from "./sets.ts";
import { type Comparison, type Summary, titleOfSet } from "./summary.ts";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const points = (share: number): string => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`;
const within = ({ low95, high95 }: { readonly low95: number; readonly high95: number }): string =>
  `${percent(low95)} to ${percent(high95)}`;
const verdictOf = ({ low95, high95 }: Comparison): string =>
  low95 > 0 ? "better" : high95 < 0 ? "worse" : "can't be told apart";

/** A row for each method on each set, in words. */
export const terminalRows = ({ methods: figures }: Summary) =>
  figures.map(({ set, method, pairs, abstained, brier, ...rest }) => ({
    set: titleOfSet(set),
    method: methods[method].title,
    right: percent(rest.accuracy),
    "95 %": within(rest),
    pairs,
    abstained,
    Brier: Number(brier.toFixed(3)),
  }));

/** Rows as a table for a README. */
const markdown = (rows: readonly Readonly<Record<string, string | number>>[]): string => {
  const columns = Object.keys(rows[0] ?? {});
  return formatMarkdownTable(
    columns,
    rows.map((row) => columns.map((column) => row[column]!)),
  );
};

const comparisonRows = ({ comparisons }: Summary) =>
  comparisons.map((comparison) => ({
    set: titleOfSet(comparison.set),
    "this way": methods[comparison.of].title,
    "less that one": methods[comparison.minus].title,
    pairs: comparison.pairs,
    points: points(comparison.difference),
    "95 %": `${points(comparison.low95)} to ${points(comparison.high95)}`,
    verdict: verdictOf(comparison),
  }));

const outcome = (summary: Summary): ReportSection => {
  const main = summary.comparisons.filter(({ of, minus }) => of === "averaged" && minus === "letter");
  return {
    title: "Which way of reading is right most often",
    intro:
      "Each pair has an answer that is known. What was not read, or not decided, counts half, as a coin would have it. Intervals are Wilson's.",
    blocks: [
      keyFigures(
        main.map((comparison) => ({
          label: `${titleOfSet(comparison.set)}: averaged − letter, points`,
          value: points(comparison.difference),
          note: `95 %: ${points(comparison.low95)} to ${points(comparison.high95)}, ${comparison.pairs} pairs`,
          ...(comparison.low95 > 0
            ? { tone: "good" as const }
            : comparison.high95 < 0
              ? { tone: "bad" as const }
              : {}),
        })),
      ),
      smallMultiples(
        [...new Set(summary.methods.map(({ set }) => set))].map((set) =>
          intervalChart({
            title: titleOfSet(set),
            note: `Share of pairs that are right; ${knownSets[set].truth}.`,
            bars: summary.methods
              .filter((figures) => figures.set === set)
              .map(({ method, accuracy, low95, high95 }) => ({
                label: methods[method].short,
                value: accuracy,
                low: low95,
                high: high95,
                series: "isBaseline" in methods[method] ? 1 : 0,
              })),
            reference: { x: 0.5, label: "a coin" },
          }),
        ),
      ),
      dataTable(terminalRows(summary)),
    ],
  };
};

const differences = (summary: Summary): ReportSection => ({
  title: "Pair by pair",
  intro: "Both ways on the same pairs; the intervals are of a bootstrap over pairs.",
  blocks: [dataTable(comparisonRows(summary))],
});

const askedFor = {
  choice: "the choice",
  begun: "the choice, its answer begun",
  thinking: "reasons first",
} as const;

const consistencyRows = ({ consistency }: Summary) =>
  consistency.map((row) => ({
    set: titleOfSet(row.set),
    "asked for": askedFor[row.question],
    pairs: row.pairs,
    "orders agree": percent(row.consistency),
    "95 %": within(row),
    "bias to the first": formatNumber(row.firstBias),
  }));

const position = (summary: Summary): ReportSection => ({
  title: "Position",
  intro:
    "How often the two orders name the same answer. The bias is P(the one shown first) less one half, on average; averaging over both orders takes it out.",
  blocks: [
    dataTable(consistencyRows(summary)),
    ...(summary.writtenAsLikely.pairs > 0
      ? [
          paragraphs(
            `Where the labeler wrote its letter out, it was the more likely of the two labels in ${summary.writtenAsLikely.same} of ${summary.writtenAsLikely.pairs} pairs.`,
          ),
        ]
      : []),
  ],
});

const reasons = (judgements: readonly Judgement[]): ReportSection[] => {
  const thought = judgements.filter(({ label }) => label?.rationale !== undefined);
  const some = [...new Set(thought.map(({ set }) => set))].flatMap((set) =>
    thought.filter((judgement) => judgement.set === set).slice(0, 2),
  );
  if (some.length === 0) return [];
  return [
    {
      title: "Reasons that it gave",
      intro: "The first two of each set; nothing is picked.",
      blocks: [
        sampleComparison(
          some.map(({ set, id, truth, label }) => ({
            prompt: `${titleOfSet(set)} (${id}): the ${truth} is better; P(first) = ${formatNumber(label!.probability)}`,
            responses: [{ label: "while the first was shown first", text: label!.rationale! }],
          })),
        ),
      ],
    },
  ];
};

/** Writes report.html, and its tables as tables.md, into the run's folder. */
export const report = async (
  run: Run,
  {
    summary,
    judgements,
    values,
  }: { readonly summary: Summary; readonly judgements: readonly Judgement[]; readonly values: Options },
): Promise<void> => {
  const tables = [terminalRows(summary), comparisonRows(summary), consistencyRows(summary)];
  writeFileSync(run.path("tables.md"), `${cleanText(tables.map(markdown).join("\n\n"))}\n`);
  await writeReport(run.path("report.html"), {
    title: "A labeler against known answers",
    subtitle: `${values.labeler} · seed ${values.seed}, ${summary.backend} · ${formatDuration(summary.seconds.total ?? 0)}`,
    sections: [
      outcome(summary),
      differences(summary),
      position(summary),
      ...reasons(judgements),
      optionsSection(values),
    ],
  });
};
