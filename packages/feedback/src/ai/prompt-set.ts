import { InvalidArgumentError } from "@accord-rl/core";
import { z } from "zod";
import { readJsonFile } from "../read-json-file.ts";

const text = z.string().min(1);
const holding = (...names: string[]) =>
  text.refine((template) => names.every((name) => template.includes(`{${name}}`)), {
    message: `expected a text that holds ${names.map((name) => `{${name}}`).join(" and ")}`,
  });

const exemplarSchema = z.strictObject({
  prompt: z.string(),
  first: z.string(),
  second: z.string(),
  preferred: z.enum(["first", "second"]),
  /** Why; shown where the model is asked to think first. */
  rationale: text.optional(),
});

const labelsSchema = z
  .tuple([text, text])
  .refine(
    ([a, b]) => !a.startsWith(b) && !b.startsWith(a),
    "expected two labels, neither the other's beginning",
  );

export const promptSetSchema = z.strictObject({
  name: text,
  preamble: text,
  sample: holding("prompt", "first", "second"),
  ending: text,
  thinking: text.default("Compare the two step by step in a few sentences. Don't give your choice yet."),
  labels: labelsSchema,
  answer: text.optional(),
  begun: z.strictObject({ ending: text, answer: text }).optional(),
  exemplars: z.array(exemplarSchema).default([]),
  scoring: z.strictObject({ preamble: text, sample: holding("prompt", "response"), ending: text }).optional(),
});

/** A judged example that is shown to the model. */
export type Exemplar = z.infer<typeof exemplarSchema>;

/**
 * The words of a labeler: a preamble (what a good output is), the sample with both outputs, an ending that asks for one
 * of two labels. `{prompt}`, `{first}` and `{second}` (in `scoring`: `{response}`) are where the data go.
 *
 * - `thinking`  asks for the reasons, before the ending asks for the choice.
 * - `answer`    how the model's answer begins ("Better summary: "), for models that continue a given beginning.
 * - `begun`     an ending and an answer to put in their place, for `beginAnswer`.
 * - `scoring`   the words of direct scoring, where one response gets a number.
 *
 * @see Lee et al. 2023, RLAIF, §2.1. https://arxiv.org/abs/2309.00267
 */
export type PromptSet = z.infer<typeof promptSetSchema>;

/** Reads a prompt set of one's own, a JSON file. @throws DataError with the path and the field. */
export const readPromptSet = (path: string): PromptSet => readJsonFile(path, promptSetSchema);

/**
 * The same question with the answer begun: "Response " is there already, and the model has but to go on with 1 or 2. Local
 * models choose far better so; servers go on with a begun answer only where they say that they do.
 *
 * @throws InvalidArgumentError for a set that does not say how its answer begins.
 */
export const beginAnswer = (set: PromptSet): PromptSet => {
  if (set.begun) return { ...set, ...set.begun };
  throw new InvalidArgumentError({
    argument: "begun",
    value: set.begun,
    message:
      `beginAnswer: the prompt set "${set.name}" does not say how its answer begins. Write it into the set: ` +
      '"begun": { "ending": "Which is better, Text 1 or Text 2?", "answer": "Text " }',
  });
};

/** Fills a template in one pass: braces inside the data are text and nothing else. */
export const fillTemplate = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name]! : whole,
  );
