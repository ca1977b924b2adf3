import { z } from "zod";

/** A number, also as the text that a table holds. */
const numeric = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value), schema);

/** An empty cell of a table means that there is no value. */
const optional = (schema: z.ZodNumber) =>
  z.preprocess((value) => (value === "" || value === null ? undefined : value), numeric(schema).optional());

const weight = optional(z.number().min(0));

/** A prompt with what should follow it. */
export interface PromptCompletion {
  readonly prompt: string;
  readonly completion: string;
  /** Default 1. */
  readonly weight?: number | undefined;
}

/** Two responses to one prompt, as text; `chosen` is the better one. */
export interface TextPreference {
  /** "" where the two texts stand alone. */
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  /** Probability that `chosen` is the better one; default 1. */
  readonly probability?: number | undefined;
  /** How much better, in reward units; default 0. */
  readonly margin?: number | undefined;
  /** Default 1. */
  readonly weight?: number | undefined;
}

/** A response with the score that a person gave. */
export interface TextRating {
  /** "" where the text stands alone. */
  readonly prompt: string;
  readonly response: string;
  readonly rating: number;
  /** Default 1. */
  readonly weight?: number | undefined;
}

/** `{ prompt, completion }`, `{ text }`, or a text alone. */
export const completionSchema = z.union([
  z.string().transform((completion) => ({ prompt: "", completion })),
  z.object({ prompt: z.string(), completion: z.string().min(1), weight }),
  z
    .object({ text: z.string().min(1), weight })
    .transform(({ text, ...rest }) => ({ prompt: "", completion: text, ...rest })),
]);

/** `{ prompt }`, `{ text }`, or a text alone. */
export const promptSchema = z.union([
  z.string().min(1),
  z.object({ prompt: z.string().min(1) }).transform(({ prompt }) => prompt),
  z.object({ text: z.string().min(1) }).transform(({ text }) => text),
]);

/** TRL's plain preference format, plus what a soft label knows. */
export const preferenceSchema = z.object({
  prompt: z.string().default(""),
  chosen: z.string().min(1),
  rejected: z.string().min(1),
  probability: optional(z.number().min(0).max(1)),
  margin: optional(z.number()),
  weight,
});

/** `{ prompt?, response, rating }`, or `{ text, rating }`. */
export const ratingSchema = z.union([
  z.object({
    prompt: z.string().default(""),
    response: z.string().min(1),
    rating: numeric(z.number()),
    weight,
  }),
  z
    .object({ text: z.string().min(1), rating: numeric(z.number()), weight })
    .transform(({ text, ...rest }) => ({ prompt: "", response: text, ...rest })),
]);
