import { DataError, textOfContent, unreadPartOfMessage, unreadPartOfRow } from "@accord-rl/core";
import { z } from "zod";
import { contentId } from "../content-id.ts";
import { parseRow } from "../json-rows.ts";
import { isPairJudgement, isRatingJudgement, type Judgement, swapJudgement } from "../judgement.ts";
import { type JudgementFormat, unknownWorker } from "./format.ts";
import { splitTranscriptPair } from "./transcript.ts";

/** Refuses a message of which something would silently vanish, such as calls of tools. */
const message = z.preprocess(
  (value, context) => {
    if (typeof value !== "object" || value === null) return value;
    const fields = value as Record<string, unknown>;
    const content = textOfContent(fields.content);
    const unread = unreadPartOfMessage(fields) ?? (typeof content === "object" ? content : undefined);
    if (unread === undefined) return { ...fields, content: content ?? fields.content };
    context.addIssue({ code: "custom", path: [unread.field], message: unread.message });
    return z.NEVER;
  },
  z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() }),
);
type Message = z.infer<typeof message>;
type Text = string | Message[];
const turns = z.array(message).min(1);

/** By what stands there, so that an error speaks of the kind that was meant. */
const plainOrTurns = z.unknown().transform((value, context): Text => {
  const result = (Array.isArray(value) ? turns : z.string()).safeParse(value);
  if (result.success) return result.data;
  for (const { path, message: problem } of result.error.issues)
    context.addIssue({ code: "custom", path, message: problem });
  return z.NEVER;
});

const preference = z.object({
  prompt: plainOrTurns.nullish(),
  chosen: plainOrTurns,
  rejected: plainOrTurns,
});
const unpaired = z.object({ prompt: plainOrTurns, completion: plainOrTurns, label: z.boolean() });

const speakers = { system: "System", user: "Human", assistant: "Assistant" } as const;

/** Turns as a transcript. */
const transcript = (turns: readonly Message[]): string =>
  turns.map(({ role, content }) => `\n\n${speakers[role]}: ${content}`).join("");

/** A prompt asks the assistant to speak; the response follows it after a space. */
const promptText = (prompt: Text): string =>
  typeof prompt === "string" ? prompt : `${transcript(prompt)}\n\nAssistant:`;
const responseText = (response: Text): string =>
  typeof response === "string" ? response : transcript(response).replace(/^\n\nAssistant:/, "");

/** How many turns two conversations share, but for the last of the shorter one. */
const sharedTurns = (first: readonly Message[], second: readonly Message[]): number => {
  const limit = Math.min(first.length, second.length) - 1;
  let count = 0;
  const isSame = (one?: Message, other?: Message) =>
    one?.role === other?.role && one?.content === other?.content;
  while (count < limit && isSame(first[count], second[count])) count++;
  return count;
};

/** Prompt and responses of a row whose prompt stands in both of its texts. */
const splitImplicit = (chosen: Text, rejected: Text): { prompt: string; responses: [string, string] } => {
  if (typeof chosen === "string" || typeof rejected === "string") {
    const [first, second] = [responseText(chosen), responseText(rejected)];
    const split = splitTranscriptPair(first, second);
    return split === null
      ? { prompt: "", responses: [first, second] }
      : { prompt: split.prompt, responses: [...split.responses] };
  }
  const shared = sharedTurns(chosen, rejected);
  return {
    prompt: shared === 0 ? "" : promptText(chosen.slice(0, shared)),
    responses: [responseText(chosen.slice(shared)), responseText(rejected.slice(shared))],
  };
};

/**
 * TRL's preference format (`{ prompt?, chosen, rejected }`) and its unpaired one (`{ prompt, completion, label }`, read
 * as a rating of 1 or 0), plain or conversational. Conversations become transcripts of "\n\nHuman:" and
 * "\n\nAssistant:" turns. Knows neither workers nor ties; written plain.
 *
 * @see https://huggingface.co/docs/trl/dataset_formats
 */
export const trlFormat: JudgementFormat = {
  parse: (row, path): Judgement => {
    const fields = (typeof row.value === "object" && row.value !== null ? row.value : {}) as Record<
      string,
      unknown
    >;
    const keys = Object.keys(fields);
    const unread = unreadPartOfRow(fields);
    if (unread)
      throw new DataError({ path, line: row.line, message: `"${unread.field}": ${unread.message}` });
    if (keys.includes("completion")) {
      const { prompt, completion, label } = parseRow(unpaired, row, path);
      const judged = { prompt: promptText(prompt), responses: [responseText(completion)] as [string] };
      const id = contentId(judged.prompt, ...judged.responses);
      return { ...judged, id, worker: unknownWorker, rating: label ? 1 : 0 };
    }
    if (!keys.includes("chosen")) {
      const message = `has ${keys.length === 0 ? "no fields" : `the fields ${keys.join(", ")}`}, expected chosen and rejected, or completion and label`;
      throw new DataError({ path, line: row.line, message });
    }
    const { prompt, chosen, rejected } = parseRow(preference, row, path);
    // As in UltraFeedback: TRL takes the prompt out of whole conversations where it stands beside them as text.
    const isWhole = typeof prompt === "string" && typeof chosen !== "string" && typeof rejected !== "string";
    const judged =
      prompt === undefined || prompt === null || isWhole
        ? splitImplicit(chosen, rejected)
        : {
            prompt: promptText(prompt),
            responses: [responseText(chosen), responseText(rejected)] as [string, string],
          };
    return {
      ...judged,
      id: contentId(judged.prompt, ...judged.responses),
      worker: unknownWorker,
      choice: "first",
    };
  },
  format: (judgement) => {
    if (isRatingJudgement(judgement)) {
      const { prompt, responses, rating } = judgement;
      return rating === 0 || rating === 1 ? { prompt, completion: responses[0], label: rating === 1 } : null;
    }
    if (!isPairJudgement(judgement) || judgement.choice === "tie") return null;
    const { prompt, responses } = judgement.choice === "first" ? judgement : swapJudgement(judgement);
    return { prompt, chosen: responses[0], rejected: responses[1] };
  },
};
