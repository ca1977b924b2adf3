/**
 * The plain way to make examples of conversations, for tests: renders every conversation that `shorten` makes, and every
 * beginning of it. The work grows with the cube of the number of turns.
 */
import {
  type Conversation,
  InvalidArgumentError,
  type PreferencePair,
  type TextExample,
} from "@accord-rl/core";
import type { RenderChat } from "./chat-turns.ts";
import { defined } from "./collate.ts";
import { type ChatOptions, dropOldestTurn } from "./shorten-chat.ts";
import { commonPrefix } from "./tokenize.ts";
import type { Completion, Preference } from "./trl.ts";

/** Which tokens of a rendered conversation are the assistant's own, from turn `from` on. */
const assistantMask = (conversation: Conversation, render: RenderChat, from: number) => {
  const tokens = render(conversation, { addGenerationPrompt: false });
  const mask = new Array<number>(tokens.length).fill(0);
  conversation.forEach(({ role }, turn) => {
    if (role !== "assistant" || turn < from) return;
    // A template need not know what to write of nothing.
    const upTo = (end: number, addGenerationPrompt: boolean) =>
      end === 0 ? [] : render(conversation.slice(0, end), { addGenerationPrompt });
    const [before, through] = [upTo(turn, false), upTo(turn + 1, false)];
    if ([before, through].some((part) => commonPrefix(part, tokens) < part.length)) {
      const message = `toChatExamples: the template writes the turns up to ${turn + 1} otherwise when others follow: which tokens are the assistant's can't be told; learn from its last turn alone, as { prompt, completion }`;
      throw new InvalidArgumentError({ argument: "render", value: conversation, message });
    }
    const begin = commonPrefix(upTo(turn, true), tokens);
    mask.fill(1, begin, through.length);
  });
  return { tokens, mask };
};

/** Calls `make` on ever shorter conversations until what comes of it fits. */
const untilShort = <T>(
  conversation: Conversation,
  { maxLength, shorten = dropOldestTurn }: ChatOptions,
  make: (conversation: Conversation) => { readonly value: T; readonly length: number },
): T[] => {
  let before = Number.POSITIVE_INFINITY;
  for (let current: Conversation | null = conversation; current !== null; current = shorten(current)) {
    const { value, length } = make(current);
    if (length <= maxLength) return [value];
    if (length >= before) {
      const message = `shorten: left ${length} tokens of ${before}, expected fewer, or null`;
      throw new InvalidArgumentError({ argument: "shorten", value: current, message });
    }
    before = length;
  }
  return [];
};

/**
 * Conversations as supervised examples: the loss counts the assistant's turns, or those of the completion alone. Longer
 * ones lose turns of their beginning, or are left out; no turn is ever cut.
 */
export const slowChatExamples = (
  items: readonly (Conversation | Completion<Conversation>)[],
  render: RenderChat,
  options: ChatOptions,
): TextExample[] =>
  items.flatMap((item) => {
    const { prompt, completion, weight } =
      "prompt" in item ? item : { prompt: item, completion: [], weight: undefined };
    return untilShort(prompt, options, (kept) => {
      const from = completion.length > 0 ? kept.length : 0;
      const { tokens, mask } = assistantMask([...kept, ...completion], render, from);
      const completionStart = Math.max(0, mask.indexOf(1));
      return { value: { tokens, completionStart, mask, ...defined({ weight }) }, length: tokens.length };
    }).filter(({ mask }) => mask.includes(1));
  });

/** Preferences between conversations as pairs of token sequences that share the prompt's tokens. */
export const slowChatPreferencePairs = (
  items: readonly Preference<Conversation>[],
  render: RenderChat,
  options: ChatOptions,
): PreferencePair[] =>
  items.flatMap(({ prompt, chosen, rejected, probability, margin, weight }) =>
    untilShort(prompt, options, (kept) => {
      const start = render(kept, { addGenerationPrompt: true });
      const [preferred, other] = [chosen, rejected].map((answer) =>
        render([...kept, ...answer], { addGenerationPrompt: false }),
      ) as [readonly number[], readonly number[]];
      const completionStart = Math.min(commonPrefix(start, preferred), commonPrefix(start, other));
      const labels = defined({ probability, margin, weight });
      return {
        value: { preferred, rejected: other, completionStart, ...labels },
        length: Math.max(preferred.length, other.length),
      };
    }),
  );
