import type { ChatMessage, Conversation } from "@accord-rl/core";
import { z } from "zod";

/** A text, or a conversation: what a model reads or writes. */
export type Content = string | Conversation;

export const isConversation = (content: Content): content is Conversation => typeof content !== "string";

/** One turn. What else a file says of it is ignored; roles that a chat template does not know are refused. */
export const messageSchema: z.ZodType<ChatMessage> = z.object({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
});

/** Turns in order, at least one. */
export const conversationSchema: z.ZodType<Conversation> = z.array(messageSchema).min(1);

const shareMessage = (first: ChatMessage | undefined, second: ChatMessage | undefined): boolean =>
  first !== undefined && first.role === second?.role && first.content === second.content;

/** The turns that both begin with; the rest of each is what answers them. */
export const splitConversations = (
  chosen: Conversation,
  rejected: Conversation,
): { prompt: Conversation; chosen: Conversation; rejected: Conversation } | string => {
  let shared = 0;
  while (shareMessage(chosen[shared], rejected[shared])) shared += 1;
  // An answer that both give stays an answer.
  const longest = Math.min(chosen.length, rejected.length) - 1;
  const count = Math.min(shared, longest);
  if (count === 0) return "the conversations share no turn: there is no prompt";
  return { prompt: chosen.slice(0, count), chosen: chosen.slice(count), rejected: rejected.slice(count) };
};

/**
 * The text that both begin with, up to the end of a word: "The sky is blue" and "The sky is black" share "The sky is". The
 * space before the next word is left to the answers, neither of which is empty.
 */
export const splitTexts = (
  chosen: string,
  rejected: string,
): { prompt: string; chosen: string; rejected: string } => {
  let shared = 0;
  const longest = Math.min(chosen.length, rejected.length) - 1;
  while (shared < longest && chosen[shared] === rejected[shared]) shared += 1;
  while (shared > 0 && !/\s/.test(chosen.charAt(shared))) shared -= 1;
  while (shared > 0 && /\s/.test(chosen.charAt(shared - 1))) shared -= 1;
  return { prompt: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
};
