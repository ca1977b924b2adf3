import type { ChatMessage } from "@accord-rl/core";
import { z } from "zod";
import { readWholeJson } from "./read-whole.ts";
import { parseRow } from "./row.ts";

/** What two people said, and how one of them rated it, 1 to 10. */
export interface RatedConversation {
  /** Whoever spoke first is the user. */
  readonly conversation: readonly ChatMessage[];
  /** Undefined where nobody rated, or all three were left at 5, where they stood. */
  readonly ratings:
    | { readonly witty: number; readonly interesting: number; readonly upbeat: number }
    | undefined;
}

const ratings = z.object({ witty: z.number(), interesting: z.number(), upbeat: z.number() });
const schema = z.record(
  z.string(),
  z.object({
    messages: z.array(z.array(z.object({ text: z.string(), sender: z.string() }))),
    ratings: z.union([ratings, z.object({}).transform(() => undefined)]).nullish(),
  }),
);

/**
 * Reads the conversations of chitchat-dataset (`dataset.json`), those with two speakers.
 * @throws DataError that names the conversation and the field.
 * @see Myers et al. 2020, Conversational scaffolding. https://github.com/BYU-PCCL/chitchat-dataset
 */
export const loadChitchat = async (path: string): Promise<RatedConversation[]> => {
  const conversations = parseRow(schema, { value: await readWholeJson(path) }, path);
  return Object.values(conversations).flatMap(({ messages, ratings: given }) => {
    const turns = messages.filter((turn) => turn.length > 0);
    const first = turns[0]?.[0]?.sender;
    if (new Set(turns.flat().map(({ sender }) => sender)).size !== 2) return [];
    const conversation = turns.map(
      (turn): ChatMessage => ({
        role: turn[0]!.sender === first ? "user" : "assistant",
        content: turn.map(({ text }) => text).join("\n"),
      }),
    );
    const isDefault = given && given.witty === 5 && given.interesting === 5 && given.upbeat === 5;
    return [{ conversation, ratings: isDefault ? undefined : (given ?? undefined) }];
  });
};
