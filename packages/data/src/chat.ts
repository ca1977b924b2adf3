import type { Conversation, PreferencePair, TextExample } from "@accord-rl/core";
import { assistantSpans, type RenderChat } from "./chat-turns.ts";
import { defined } from "./collate.ts";
import { type ChatOptions, charactersOf, firstThatFits } from "./shorten-chat.ts";
import { commonPrefix } from "./tokenize.ts";
import type { Completion, Preference } from "./trl.ts";

/**
 * Conversations as supervised examples: the loss counts the assistant's turns, or those of the completion alone. Longer
 * ones lose turns of their beginning, or are left out; no turn is ever cut.
 */
export const toChatExamples = (
  items: readonly (Conversation | Completion<Conversation>)[],
  render: RenderChat,
  options: ChatOptions,
): TextExample[] =>
  items.flatMap((item) => {
    const { prompt, completion, weight } =
      "prompt" in item ? item : { prompt: item, completion: [], weight: undefined };
    const fitted = firstThatFits(prompt, options, charactersOf(completion), (kept) => {
      const tokens = render([...kept, ...completion], { addGenerationPrompt: false });
      return { value: tokens, length: tokens.length };
    });
    if (!fitted) return [];
    const { conversation: kept, value: tokens } = fitted;
    const from = completion.length > 0 ? kept.length : 0;
    const mask = new Array<number>(tokens.length).fill(0);
    for (const { begin, end } of assistantSpans([...kept, ...completion], tokens, render, from)) {
      mask.fill(1, begin, end);
    }
    if (!mask.includes(1)) return [];
    return [{ tokens, completionStart: mask.indexOf(1), mask, ...defined({ weight }) }];
  });

/** Preferences between conversations as pairs of token sequences that share the prompt's tokens. */
export const toChatPreferencePairs = (
  items: readonly Preference<Conversation>[],
  render: RenderChat,
  options: ChatOptions,
): PreferencePair[] =>
  items.flatMap(({ prompt, chosen, rejected, probability, margin, weight }) => {
    const longest = Math.max(charactersOf(chosen), charactersOf(rejected));
    const fitted = firstThatFits(prompt, options, longest, (kept) => {
      const [preferred, other] = [chosen, rejected].map((answer) =>
        render([...kept, ...answer], { addGenerationPrompt: false }),
      ) as [readonly number[], readonly number[]];
      return { value: { preferred, other }, length: Math.max(preferred.length, other.length) };
    });
    if (!fitted) return [];
    const { preferred, other } = fitted.value;
    const start = render(fitted.conversation, { addGenerationPrompt: true });
    const completionStart = Math.min(commonPrefix(start, preferred), commonPrefix(start, other));
    return [{ preferred, rejected: other, completionStart, ...defined({ probability, margin, weight }) }];
  });
