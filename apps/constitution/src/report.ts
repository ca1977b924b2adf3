import type { Limits } from "@accord-rl/evaluation";
import type { RevisedAnswer } from "@accord-rl/feedback";
import {
  dataTable,
  formatDuration,
  formatNumber,
  intervalChart,
  keyFigures,
  optionsSection,
  paragraphs,
  type ReportSection,
  type Run,
  sampleComparison,
  scatterChart,
  smallMultiples,
  writeReport,
} from "@accord-rl/runs";
import type { Answer } from "./evaluate-stage.ts";
import type { JudgeQuality } from "./judges.ts";
import type { Options } from "./options.ts";
import type { PolicyFigures, Summary } from "./summary.ts";

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const asPercent = ({ mean, low95, high95 }: Limits): string =>
  `${percent(mean)} (${percent(low95)} to ${percent(high95)})`;
const asNumber = ({ mean, low95, high95 }: Limits): string =>
  `${formatNumber(mean)} (${formatNumber(low95)} to ${formatNumber(high95)})`;

/** Rows that the terminal and the report show. */
export const outcomeRows = ({ policies, changes }: Summary) =>
  Object.entries(policies).map(([policy, figures]) => ({
    policy,
    "harm (95 %)": asNumber(figures.harm),
    "ROUGE-L (95 %)": asNumber(figures.helpfulness),
    "harmless refused": asPercent(figures.harmlessRefused),
    "harmful refused": asPercent(figures.harmfulRefused),
    "against base": changes[policy]?.verdict ?? "",
  }));

const bars = (policies: Summary["policies"], of: (figures: PolicyFigures) => Limits) =>
  Object.entries(policies).map(([label, figures]) => {
    const { mean, low95, high95 } = of(figures);
    return { label, value: mean, low: low95, high: high95 };
  });

const outcome = (summary: Summary): ReportSection => ({
  title: "What came of it",
  intro:
    "Harm is what a classifier of words, fitted to people's scores, makes of answers to harmful requests; a refusal counts 0. Helpfulness is likeness to preferred answers, and not refusing what is harmless. A policy is better only where harm falls and help does not: a refusal to everything is shown for comparison.",
  blocks: [
    keyFigures(
      Object.entries(summary.changes).map(([policy, { harm, verdict }]) => ({
        label: `harm, ${policy} − base`,
        value: harm.mean,
        note: `95 %: ${formatNumber(harm.low95)} to ${formatNumber(harm.high95)}; ${verdict}`,
        tone: verdict === "better" ? ("good" as const) : ("bad" as const),
      })),
    ),
    dataTable(outcomeRows(summary)),
    smallMultiples([
      intervalChart({ title: "Harm on harmful requests", bars: bars(summary.policies, ({ harm }) => harm) }),
      intervalChart({
        title: "ROUGE-L on helpful requests",
        bars: bars(summary.policies, ({ helpfulness }) => helpfulness),
      }),
      intervalChart({
        title: "Harmless requests refused",
        bars: bars(summary.policies, ({ harmlessRefused }) => harmlessRefused),
      }),
    ]),
  ],
});

const tradeOff = ({ policies, weights }: Summary): ReportSection => {
  const pointOf = (policy: string, label: string) => ({
    x: policies[policy]!.helpfulness.mean,
    y: policies[policy]!.harm.mean,
    label,
  });
  const swept = Object.entries(weights).sort(([, a], [, b]) => a - b);
  const others = Object.keys(policies).filter((policy) => !(policy in weights));
  return {
    title: "Harmlessness against helpfulness",
    intro:
      "Each point is a policy; down is less harm, right is more help. The line joins what fine-tuning makes of the mixing weight λ, from helpful answers alone (0) to revisions alone (1).",
    blocks: [
      scatterChart({
        title: "Trade-off over the mixing weight",
        xLabel: "helpfulness, ROUGE-L",
        yLabel: "harm",
        groups: [
          {
            name: "fine-tuned, by λ",
            connect: true,
            points: swept.map(([policy, weight]) => pointOf(policy, `λ ${weight}`)),
          },
          { name: "others", points: others.map((policy) => pointOf(policy, policy)) },
        ],
      }),
    ],
  };
};

const medical = ({ policies }: Summary): ReportSection => ({
  title: "Medical questions",
  intro: "Twelve questions about dangerous doses beside twelve honest ones about health.",
  blocks: [
    dataTable(
      Object.entries(policies).map(([policy, { medicalHarm, medicalRefused }]) => ({
        policy,
        "harm on dangerous ones": asNumber(medicalHarm),
        "honest ones refused": asPercent(medicalRefused),
      })),
    ),
  ],
});

const qualityRow = (
  name: string,
  { texts, accuracy, low95, high95, majority, found, falseAlarms }: JudgeQuality,
) => ({
  judge: name,
  "answers that people judged": texts,
  "right (95 %)": asPercent({ mean: accuracy, low95, high95 }),
  "always the more frequent": percent(majority),
  found: percent(found),
  "false alarms": percent(falseAlarms),
});

const teaching = ({ revisions, labels, judges }: Summary): ReportSection => ({
  title: "What it was taught with",
  blocks: [
    dataTable([
      qualityRow("harm, by words (unseen answers)", judges.harm),
      qualityRow("refusal, by phrases", judges.refusal),
    ]),
    paragraphs(
      `Revising changed the harm of ${revisions.prompts} answers from ${asNumber(revisions.harmBefore)} to ${asNumber(revisions.harmAfter)}, by ${asNumber(revisions.harmChange)}. Refusals went from ${percent(revisions.refusalsBefore)} to ${percent(revisions.refusalsAfter)}; ${percent(revisions.repeatsAnswer)} of the revisions repeat the answer, ${percent(revisions.repeatsCritique)} repeat the critique instead of answering.`,
    ),
    ...(labels
      ? [
          paragraphs(
            `Of ${labels.pairs} pairs ${labels.abstained} have no label. On harmful requests the label prefers what the judge finds less harmful in ${asPercent({ ...labels.lessHarmful, mean: labels.lessHarmful.share })} of ${labels.lessHarmful.pairs} pairs; in ${percent(labels.longer)} it prefers the longer answer. Mean certainty: ${percent(labels.certainty)}.`,
          ),
        ]
      : []),
  ],
});

const sideBySide = (answers: Readonly<Record<string, readonly Answer[]>>): ReportSection => ({
  title: "Samples, side by side",
  intro:
    "The first held-out requests of each kind in their order; nothing is picked. Answers may be harmful, and wrong.",
  blocks: [
    sampleComparison(
      (["redTeam", "medicalDanger", "medicalHonest", "helpful"] as const).flatMap((kind) =>
        answers
          .base!.flatMap((row, i) => (row.kind === kind ? [i] : []))
          .slice(0, 4)
          .map((i) => ({
            prompt: answers.base![i]!.prompt,
            responses: Object.entries(answers).map(([policy, own]) => ({
              label: policy,
              text: own[i]!.response,
              scores: own[i]!.rougeL === null ? { harm: own[i]!.harm } : { "ROUGE-L": own[i]!.rougeL! },
            })),
          })),
      ),
    ),
  ],
});

const revisions = (revised: readonly RevisedAnswer[]): ReportSection => ({
  title: "Critiques and revisions",
  blocks: [
    sampleComparison(
      revised.slice(0, 6).map(({ prompt, answer, steps }) => ({
        prompt,
        responses: [
          { label: "answer", text: answer },
          ...steps.flatMap(({ principle, critique, revision }) => [
            { label: `critique: ${principle}`, text: critique },
            { label: "revision", text: revision },
          ]),
        ],
      })),
    ),
  ],
});

/** Writes report.html into the run's folder. */
export const report = (
  run: Run,
  {
    summary,
    answers,
    revised,
    options,
  }: {
    readonly summary: Summary;
    readonly answers: Readonly<Record<string, readonly Answer[]>>;
    readonly revised: readonly RevisedAnswer[];
    readonly options: Options;
  },
): Promise<void> =>
  writeReport(run.path("report.html"), {
    title: "Constitutional AI",
    subtitle: `${options.policy} · preset ${options.preset}, seed ${options.seed}, ${summary.backend} · ${formatDuration(summary.seconds.total ?? 0)}`,
    sections: [
      outcome(summary),
      tradeOff(summary),
      medical(summary),
      teaching(summary),
      sideBySide(answers),
      revisions(revised),
      {
        title: "What it cost",
        blocks: [
          dataTable(
            Object.entries(summary.seconds).map(([stage, spent]) => ({ stage, time: formatDuration(spent) })),
          ),
        ],
      },
      optionsSection(options),
    ],
  });
