import type { Tokenizer } from "@accord-rl/core";
import type { RenderChat } from "@accord-rl/data";

const names = { system: "Note", user: "User", assistant: "Assistant" } as const;

/** Conversations for a model that knows no turns: as a script, an answer of the assistant ending with the end token. */
export const plainChat =
  (tokenizer: Tokenizer): RenderChat =>
  (conversation, { addGenerationPrompt }) => {
    const { beginToken, endToken } = tokenizer;
    const turns = conversation.map(({ role, content }) => `${names[role]}: ${content.trim()}`);
    const text = [...turns, ...(addGenerationPrompt ? [`${names.assistant}:`] : [])].join("\n");
    const isAnswered = !addGenerationPrompt && conversation.at(-1)?.role === "assistant";
    return [
      ...(beginToken === null ? [] : [beginToken]),
      ...tokenizer.encode(text),
      ...(isAnswered && endToken !== null ? [endToken] : []),
    ];
  };
