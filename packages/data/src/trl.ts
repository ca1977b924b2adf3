import type { Conversation } from "@accord-rl/core";
import { z } from "zod";
import { type Content, checkRow, conversationSchema, splitConversations, splitTexts } from "./content.ts";
import { optionalNumber, weight } from "./records.ts";

/** A prompt with what should follow it. */
export interface Completion<C extends Content = Content> {
  readonly prompt: C;
  readonly completion: C;
  /** Default 1. */
  readonly weight?: number | undefined;
}

/** Two answers to one prompt; `chosen` is the better one. */
export interface Preference<C extends Content = Content> {
  readonly prompt: C;
  readonly chosen: C;
  readonly rejected: C;
  /** Probability that `chosen` is the better one; default 1. */
  readonly probability?: number | undefined;
  /** How much better, in reward units; default 0. */
  readonly margin?: number | undefined;
  /** Default 1. */
  readonly weight?: number | undefined;
}

/** An answer that is good, or is not. */
export interface LabeledCompletion<C extends Content = Content> extends Completion<C> {
  readonly label: boolean;
}

/** A solution in steps, each of them right or not. */
export interface Stepwise<C extends Content = Content> {
  readonly prompt: C;
  readonly completions: readonly string[];
  readonly labels: readonly boolean[];
}

const text = z.string().min(1);
const labels = {
  probability: optionalNumber(z.number().min(0).max(1)),
  margin: optionalNumber(z.number()),
  weight,
};

/** A flag, also as the text or number that a table holds. */
const flag = z.preprocess((value) => {
  if (typeof value === "string")
    return { true: true, false: false, "1": true, "0": false }[value.toLowerCase()] ?? value;
  return value === 1 ? true : value === 0 ? false : value;
}, z.boolean());

/** By what stands in `field`, so that an error speaks of the kind that was meant. */
const byKind = <Plain, Chat>(
  field: string,
  plain: z.ZodType<Plain>,
  chat: z.ZodType<Chat>,
): z.ZodType<Plain | Chat> =>
  z.unknown().transform((row, context): Plain | Chat => {
    if (checkRow(row, context) === z.NEVER) return z.NEVER;
    const value =
      typeof row === "object" && row !== null ? (row as Record<string, unknown>)[field] : undefined;
    const result = (Array.isArray(value) ? chat : plain).safeParse(row);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.addIssue({ ...issue, code: "custom", message: issue.message });
    return z.NEVER;
  }) as z.ZodType<Plain | Chat>;

const languageModeling: z.ZodType<Content> = byKind(
  "messages",
  z.object({ text }).transform((row) => row.text),
  z.object({ messages: conversationSchema }).transform(({ messages }) => messages),
);

const promptOnly: z.ZodType<Content> = byKind(
  "prompt",
  z.object({ prompt: text }).transform(({ prompt }) => prompt),
  z.object({ prompt: conversationSchema }).transform(({ prompt }) => prompt),
);

const promptCompletion: z.ZodType<Completion<string> | Completion<Conversation>> = byKind(
  "completion",
  z.object({ prompt: z.string(), completion: text, weight }),
  z.object({ prompt: conversationSchema, completion: conversationSchema, weight }),
);

const splitPreference = <Row extends { chosen: Conversation; rejected: Conversation }>(
  row: Row,
  context: z.RefinementCtx,
) => {
  const split = splitConversations(row.chosen, row.rejected);
  if (typeof split !== "string") return { ...row, ...split };
  context.addIssue({ code: "custom", message: split });
  return z.NEVER;
};

const preference: z.ZodType<Preference<string> | Preference<Conversation>> = byKind(
  "chosen",
  z
    .object({ prompt: z.string().nullish(), chosen: text, rejected: text, ...labels })
    .transform(({ prompt, ...row }) =>
      typeof prompt === "string" ? { prompt, ...row } : { ...row, ...splitTexts(row.chosen, row.rejected) },
    ),
  z
    .object({
      // As in UltraFeedback: the prompt as text, and whole conversations. TRL takes it out of the conversations then.
      prompt: z.preprocess(
        (prompt) => (typeof prompt === "string" ? null : prompt),
        conversationSchema.nullish(),
      ),
      chosen: conversationSchema,
      rejected: conversationSchema,
      ...labels,
    })
    .transform(({ prompt, ...row }, context) =>
      prompt ? { prompt, ...row } : splitPreference(row, context),
    ),
);

const unpairedPreference: z.ZodType<LabeledCompletion<string> | LabeledCompletion<Conversation>> = byKind(
  "completion",
  z.object({ prompt: z.string(), completion: text, label: flag, weight }),
  z.object({ prompt: conversationSchema, completion: conversationSchema, label: flag, weight }),
);

const isComplete = ({ completions, labels: given }: { completions: unknown[]; labels: unknown[] }) =>
  completions.length === given.length;
const steps = { completions: z.array(text).min(1), labels: z.array(flag) };
const unequal = { message: "there are not as many labels as completions" };

const stepwise: z.ZodType<Stepwise<string> | Stepwise<Conversation>> = byKind(
  "prompt",
  z.object({ prompt: text, ...steps }).refine(isComplete, unequal),
  z.object({ prompt: conversationSchema, ...steps }).refine(isComplete, unequal),
);

/**
 * The dataset types of TRL, plain and conversational, as schemas for `readRecords` and `streamRecords`. A preference
 * without a prompt has it in both answers: what they begin with alike is taken for it. So it is where the prompt is a text
 * and the answers are conversations. Rows with parts that are not read, such as tools or images, are refused.
 * @see https://huggingface.co/docs/trl/dataset_formats
 */
export const trl = {
  /** `{ text }` or `{ messages }`. */
  languageModeling,
  /** `{ prompt }`. */
  promptOnly,
  /** `{ prompt, completion }`. */
  promptCompletion,
  /** `{ prompt?, chosen, rejected, probability?, margin?, weight? }`. */
  preference,
  /** `{ prompt, completion, label }`. */
  unpairedPreference,
  /** `{ prompt, completions, labels }`. */
  stepwise,
} as const;
