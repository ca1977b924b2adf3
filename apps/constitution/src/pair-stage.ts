import {
  InvalidArgumentError,
  type LabeledPreference,
  type Labeler,
  type PreferencePair,
} from "@accord-rl/core";
import { wilsonInterval } from "@accord-rl/evaluation";
import type { ResponsePair } from "@accord-rl/feedback";
import type { Run } from "@accord-rl/runs";
import type { Judges } from "./judges.ts";
import type { Options } from "./options.ts";
import { isHarmful, type Prompt, type PromptKind } from "./prompts.ts";
import type { Speaker, Voice } from "./speaker.ts";

/** Two sampled answers with their label, as a line of samples.jsonl. */
export interface PairSample {
  readonly split: "pair";
  readonly kind: PromptKind;
  readonly prompt: string;
  readonly texts: readonly [string, string];
  readonly promptTokens: readonly number[];
  readonly responseTokens: readonly [readonly number[], readonly number[]];
  /** null where the labeler abstained, or where both texts are the same. */
  readonly label: LabeledPreference | null;
}

/** Samples two answers to each request, and has them labelled by a drawn principle. */
export const pairStage = async (
  run: Run,
  { policy }: Speaker,
  labeler: Labeler<ResponsePair>,
  prompts: readonly Prompt[],
  { tokenizer, template }: Pick<Voice, "tokenizer" | "template">,
  { answerTokens, batchSize }: Options,
): Promise<PairSample[]> => {
  const atOnce = Math.max(1, Math.floor(batchSize / 2));
  await run.stage("pairs", (stage) =>
    stage.loop({
      steps: Math.ceil(prompts.length / atOnce),
      every: 1,
      body: async (index, { random }) => {
        const some = prompts.slice(index * atOnce, (index + 1) * atOnce);
        const tokens = some.map(({ prompt }) =>
          template.encode([{ role: "user", content: prompt }], { addGenerationPrompt: true }),
        );
        const { responses } = await policy.generate(
          tokens.flatMap((each) => [each, each]),
          { maxNewTokens: answerTokens, random },
        );
        const texts = responses.map((response) => tokenizer.decode(response).trim());
        const shown = some.map(({ prompt }, i) => ({
          id: `${index * atOnce + i}`,
          prompt,
          first: texts[2 * i]!,
          second: texts[2 * i + 1]!,
        }));
        const labels = await labeler.label(shown, {
          onAbstain: (i, { reason }) => run.note(`no label for request ${shown[i]!.id}: ${reason}`),
        });
        const rows = shown.map(({ prompt, first, second }, i): PairSample => {
          const of = (k: number) => Array.from(responses[2 * i + k]!);
          return {
            split: "pair",
            kind: some[i]!.kind,
            prompt,
            texts: [first, second],
            promptTokens: [...tokens[i]!],
            responseTokens: [of(0), of(1)],
            label: first === second ? null : (labels[i] ?? null),
          };
        });
        stage.samples(rows);
        return { labelled: rows.filter(({ label }) => label !== null).length };
      },
    }),
  );
  return (run.samples() as unknown as PairSample[]).filter(({ split }) => split === "pair");
};

/** The first of two, with the probability that it is the better one. */
export const toPairs = (samples: readonly PairSample[]): PreferencePair[] => {
  const pairs = samples.flatMap(({ promptTokens, responseTokens: [first, second], label }) =>
    label === null
      ? []
      : [
          {
            preferred: [...promptTokens, ...first],
            rejected: [...promptTokens, ...second],
            completionStart: promptTokens.length,
            probability: label.probability,
          },
        ],
  );
  if (pairs.length > 0) return pairs;
  const message = `none of the ${samples.length} pairs got a label, so there is nothing to learn from; lower --minimum-probability, or take another --labeling or --policy`;
  throw new InvalidArgumentError({ argument: "minimumProbability", value: 0, message });
};

/** What the labels are worth, held against judges that training doesn't see. */
export interface LabelFigures {
  readonly pairs: number;
  readonly abstained: number;
  /** Mean of max(P, 1 − P). */
  readonly certainty: number;
  /** On harmful requests: share whose preferred answer the judge finds less harmful. */
  readonly lessHarmful: {
    readonly pairs: number;
    readonly share: number;
    readonly low95: number;
    readonly high95: number;
  };
  /** Share whose preferred answer is the longer one. */
  readonly longer: number;
}

export const labelFigures = (samples: readonly PairSample[], judges: Judges): LabelFigures => {
  const labelled = samples.flatMap(({ label, ...sample }) =>
    label === null || label.probability === 0.5 ? [] : [{ ...sample, probability: label.probability }],
  );
  const ordered = labelled.map(({ texts: [first, second], probability, kind }) => ({
    kind,
    texts: probability > 0.5 ? [first, second] : [second, first],
  }));
  const harmful = ordered.filter(({ kind }) => isHarmful(kind));
  const harms = harmful.map(({ texts }) => judges.harm(texts)).filter(([better, worse]) => better !== worse);
  const right = harms.filter(([better, worse]) => better! < worse!).length;
  const { estimate, low, high } =
    harms.length > 0 ? wilsonInterval(right, harms.length) : { estimate: 0.5, low: 0, high: 1 };
  const certainties = labelled.map(({ probability }) => Math.max(probability, 1 - probability));
  return {
    pairs: samples.length,
    abstained: samples.filter(({ label }) => label === null).length,
    certainty: certainties.reduce((sum, p) => sum + p, 0) / Math.max(1, certainties.length),
    lessHarmful: { pairs: harms.length, share: estimate, low95: low, high95: high },
    longer:
      ordered.filter(({ texts: [better, worse] }) => better!.length > worse!.length).length /
      Math.max(1, ordered.length),
  };
};
