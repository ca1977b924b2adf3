import { z } from "zod";
import { readWholeJson } from "./read-whole.ts";
import { parseRow } from "./row.ts";
import type { Preference } from "./trl.ts";

/** Two answers to one prompt, in the order in which a judge saw them. */
export interface JudgedPair {
  readonly prompt: string;
  readonly first: string;
  readonly second: string;
  /** That the first is better; ½ = a tie, null = the judge gave no answer that could be read. */
  readonly probability: number | null;
  /** Who judged. */
  readonly judge: string;
}

/** The better one as `chosen`; nothing where the judge decided nothing, or one of the two says nothing. */
export const toPreferences = (pairs: readonly JudgedPair[]): Preference<string>[] =>
  pairs.flatMap(({ prompt, first, second, probability }) => {
    if (probability === null || probability === 0.5 || first === "" || second === "") return [];
    const [chosen, rejected] = probability > 0.5 ? [first, second] : [second, first];
    const certainty = Math.max(probability, 1 - probability);
    return [{ prompt, chosen, rejected, ...(certainty < 1 && { probability: certainty }) }];
  });

/** From 1, the first, to 2, the second, with shares between; 0 is a tie, −1 no answer. */
const probabilityOf = (preference: number): number | null =>
  preference === -1 ? null : preference === 0 ? 0.5 : 2 - preference;

/**
 * The annotations of AlpacaEval (`annotations_seed*_configs.json`) as a schema for `readRecords` and `streamRecords`.
 * @see Li et al. 2023, AlpacaEval; Dubois et al. 2023. https://arxiv.org/abs/2305.14387
 */
export const alpacaEval: z.ZodType<JudgedPair> = z
  .object({
    instruction: z.string().min(1),
    input: z.string().nullish(),
    // A model that said nothing left null.
    output_1: z.string().nullable(),
    output_2: z.string().nullable(),
    annotator: z.string(),
    preference: z.union([z.literal(0), z.literal(-1), z.number().min(1).max(2)]),
  })
  .transform(({ instruction, input, output_1: first, output_2: second, annotator, preference }) => ({
    prompt: input ? `${instruction}\n\n${input}` : instruction,
    first: first ?? "",
    second: second ?? "",
    probability: probabilityOf(preference),
    judge: annotator,
  }));

/** Two answers with what several runs of a judge said of them. */
export interface ArenaPair extends JudgedPair {
  readonly tags: readonly string[];
  /** Mean of the votes, −1.5 to 1.5; above 0: the first is better. */
  readonly score: number;
  readonly votes: readonly {
    readonly score: number;
    /** The judge saw the second answer first. */
    readonly isFlipped: boolean;
    readonly rationale: string;
  }[];
}

const arenaSchema = z.object({
  examples: z
    .array(
      z.object({
        input_text: z.string().min(1),
        tags: z.array(z.string()).default([]),
        output_text_a: z.string(),
        output_text_b: z.string(),
        score: z.number(),
        individual_rater_scores: z.array(
          z.object({ is_flipped: z.boolean(), score: z.number(), rationale: z.string().default("") }),
        ),
      }),
    )
    .min(1),
});

/**
 * Reads a file of LLM Comparator. The probability is the share of votes for the first, a vote of 0 counting half.
 * @throws DataError that names the field.
 * @see Kahng et al. 2024, LLM Comparator. https://arxiv.org/abs/2402.10524
 */
export const loadArena = async (path: string): Promise<ArenaPair[]> => {
  const { examples } = parseRow(arenaSchema, { value: await readWholeJson(path) }, path);
  return examples.map((example) => {
    const votes = example.individual_rater_scores.map(({ score, is_flipped: isFlipped, rationale }) => ({
      ...{ score, isFlipped, rationale },
    }));
    const won = votes.reduce((sum, { score }) => sum + (score > 0 ? 1 : score === 0 ? 0.5 : 0), 0);
    return {
      prompt: example.input_text,
      first: example.output_text_a,
      second: example.output_text_b,
      probability: votes.length === 0 ? null : won / votes.length,
      judge: "llm-comparator",
      tags: example.tags,
      score: example.score,
      votes,
    };
  });
};
