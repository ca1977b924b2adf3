import type { ChatMessage, Conversation } from "@accord-rl/core";
import { z } from "zod";

/** Two texts that answer the same: one is right, the other says what its source does not. */
export interface HallucinationPair {
  /** What both had to keep to: a document, or facts. */
  readonly knowledge: string;
  /** What they answer; empty where they sum the knowledge up. */
  readonly conversation: Conversation;
  readonly right: string;
  readonly hallucinated: string;
}

const text = z.string().min(1);

const summarization: z.ZodType<HallucinationPair> = z
  .object({ document: text, right_summary: text, hallucinated_summary: text })
  .transform(({ document, right_summary: right, hallucinated_summary: hallucinated }) => ({
    ...{ knowledge: document, conversation: [], right, hallucinated },
  }));

const qa: z.ZodType<HallucinationPair> = z
  .object({ knowledge: text, question: text, right_answer: text, hallucinated_answer: text })
  .transform(({ knowledge, question, right_answer: right, hallucinated_answer: hallucinated }) => ({
    ...{ knowledge, conversation: [{ role: "user" as const, content: question }], right, hallucinated },
  }));

/** "[Human]: Hi [Assistant]: Hello" as turns. */
const parseHistory = (history: string): ChatMessage[] => {
  const [before = "", ...rest] = history.split(/\[(Human|Assistant)\]:/);
  const turns = Array.from(
    { length: rest.length / 2 },
    (_, i): ChatMessage => ({
      role: rest[2 * i] === "Human" ? "user" : "assistant",
      content: rest[2 * i + 1]!.trim(),
    }),
  );
  // A few begin without saying who speaks.
  return before.trim() === "" ? turns : [{ role: "user", content: before.trim() }, ...turns];
};

const dialogue: z.ZodType<HallucinationPair> = z
  .object({
    knowledge: z.string(),
    dialogue_history: text,
    right_response: text,
    hallucinated_response: text,
  })
  .transform(
    ({ knowledge, dialogue_history, right_response: right, hallucinated_response: hallucinated }) => ({
      ...{ knowledge, conversation: parseHistory(dialogue_history), right, hallucinated },
    }),
  );

/**
 * The files of HaluEval, as schemas for `readRecords` and `streamRecords`. The hallucinated text is the longer one in more
 * than three of four pairs: what is learned from them may be their length.
 * @see Li et al. 2023. https://arxiv.org/abs/2305.11747
 */
export const haluEval = { summarization, dialogue, qa } as const;
