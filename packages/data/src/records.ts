import { z } from "zod";
import { checkRow } from "./content.ts";
import type { Completion, Preference } from "./trl.ts";

/** A number, also as the text that a table holds. */
const numeric = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value), schema);

/** An empty cell of a table means that there is no value. */
export const optionalNumber = (schema: z.ZodNumber) =>
  z.preprocess((value) => (value === "" || value === null ? undefined : value), numeric(schema).optional());

export const weight = optionalNumber(z.number().min(0));

/** A prompt with what should follow it, as text; the prompt is "" where the text stands alone. */
export type PromptCompletion = Completion<string>;

/** Two responses to one prompt, as text; the prompt is "" where the two texts stand alone. */
export type TextPreference = Preference<string>;

/** A response with the score that a person gave. */
export interface TextRating {
  /** "" where the text stands alone. */
  readonly prompt: string;
  readonly response: string;
  readonly rating: number;
  /** Default 1. */
  readonly weight?: number | undefined;
}

/** A prompt beside a whole text would vanish: the text may be the answer to it. */
const noPrompt = {
  prompt: z.literal("", 'stands beside "text": name the answer "completion" or "response"').nullish(),
};

/** `{ prompt, completion }`, `{ text }`, or a text alone. */
export const completionSchema = z.union([
  z.string().transform((completion) => ({ prompt: "", completion })),
  z.object({ prompt: z.string(), completion: z.string().min(1), weight }),
  z
    .object({ text: z.string().min(1), ...noPrompt, weight })
    .transform(({ text, prompt: _, ...rest }) => ({ prompt: "", completion: text, ...rest })),
]);

/** `{ prompt }`, `{ text }`, or a text alone. */
export const promptSchema = z.union([
  z.string().min(1),
  z.object({ prompt: z.string().min(1) }).transform(({ prompt }) => prompt),
  z.object({ text: z.string().min(1) }).transform(({ text }) => text),
]);

/** TRL's plain preference format, plus what a soft label knows. */
export const preferenceSchema = z.preprocess(
  checkRow,
  z.object({
    prompt: z
      .string()
      .nullish()
      .transform((prompt) => prompt ?? ""),
    chosen: z.string().min(1),
    rejected: z.string().min(1),
    probability: optionalNumber(z.number().min(0).max(1)),
    margin: optionalNumber(z.number()),
    weight,
  }),
);

/** `{ prompt?, response, rating }`, or `{ text, rating }`. */
export const ratingSchema = z.union([
  z.object({
    prompt: z.string().default(""),
    response: z.string().min(1),
    rating: numeric(z.number()),
    weight,
  }),
  z
    .object({ text: z.string().min(1), ...noPrompt, rating: numeric(z.number()), weight })
    .transform(({ text, prompt: _, ...rest }) => ({ prompt: "", response: text, ...rest })),
]);
