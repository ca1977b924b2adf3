import type { Conversation } from "@accord-rl/core";
import { z } from "zod";
import { splitConversations } from "./content.ts";
import { preferenceSchema, type TextPreference } from "./records.ts";
import { parseTranscript, splitTranscripts } from "./transcripts.ts";
import type { Preference } from "./trl.ts";

const preference: z.ZodType<TextPreference> = preferenceSchema.transform((row, context) => {
  const split = splitTranscripts(row.chosen, row.rejected);
  if (typeof split !== "string") return { ...row, ...split };
  context.addIssue({ code: "custom", message: split });
  return z.NEVER;
});

const splitTurns = (chosen: string, rejected: string) => {
  const [first, second] = [parseTranscript(chosen), parseTranscript(rejected)];
  if (typeof first === "string") return first;
  return typeof second === "string" ? second : splitConversations(first, second);
};

const chatPreference: z.ZodType<Preference<Conversation>> = preferenceSchema.transform((row, context) => {
  const split = splitTurns(row.chosen, row.rejected);
  if (typeof split !== "string") return { ...row, ...split };
  context.addIssue({ code: "custom", message: split });
  return z.NEVER;
});

const redTeam = z
  .object({
    transcript: z.string().min(1),
    min_harmlessness_score_transcript: z.number(),
    rating: z.number().nullish(),
  })
  .transform(({ transcript, min_harmlessness_score_transcript: harmlessness, rating }, context) => {
    const conversation = parseTranscript(transcript);
    if (typeof conversation !== "string") return { conversation, harmlessness, rating: rating ?? undefined };
    context.addIssue({ code: "custom", message: conversation });
    return z.NEVER;
  });

/**
 * The formats of Anthropic's HH-RLHF, as schemas for `readRecords` and `streamRecords`.
 * @see Bai et al. 2022. https://arxiv.org/abs/2204.05862; Ganguli et al. 2022. https://arxiv.org/abs/2209.07858
 */
export const hh = {
  /** `{ chosen, rejected }`, whole transcripts that differ in the assistant's last turn, as text. */
  preference,
  /** The same as conversations. They may also part earlier: the prompt is what they share. */
  chatPreference,
  /** The attempts to make a model do harm: `{ conversation, harmlessness, rating }`, the rating from 0 to 4. */
  redTeam,
} as const;
