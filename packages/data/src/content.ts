import {
  type ChatMessage,
  type Conversation,
  textOfContent,
  unreadPartOfMessage,
  unreadPartOfRow,
} from "@accord-rl/core";
import { z } from "zod";

/** A text, or a conversation: what a model reads or writes. */
export type Content = string | Conversation;

export const isConversation = (content: Content): content is Conversation => typeof content !== "string";

/**
 * One turn: its role and its content, a text or parts of text. What else tells what a model reads or writes (calls of
 * tools, thoughts, images, names, weights) is refused: without it the turn is another. Ids and times are ignored.
 */
export const messageSchema: z.ZodType<ChatMessage> = z.preprocess(
  (message, context) => {
    if (typeof message !== "object" || message === null) return message;
    const fields = message as Record<string, unknown>;
    const content = textOfContent(fields.content);
    const unread = unreadPartOfMessage(fields) ?? (typeof content === "object" ? content : undefined);
    if (unread === undefined) return { ...fields, content: content ?? fields.content };
    context.addIssue({ code: "custom", path: [unread.field], message: unread.message });
    return z.NEVER;
  },
  z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() }),
);

/** Refuses a row of which something would silently vanish, before anything else is said of it. */
export const checkRow = (row: unknown, context: z.RefinementCtx): unknown => {
  const unread =
    typeof row === "object" && row !== null ? unreadPartOfRow(row as Record<string, unknown>) : undefined;
  if (unread === undefined) return row;
  context.addIssue({ code: "custom", path: [unread.field], message: unread.message });
  return z.NEVER;
};

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
