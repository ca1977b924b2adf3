import { type Conversation, InvalidArgumentError } from "@accord-rl/core";
import { Template } from "@huggingface/jinja";
import { reject } from "../check.ts";
import { hideContents } from "./chat-contents.ts";
import type { ModelTokenizer } from "./model-tokenizer.ts";
import { createSplitter } from "./split-at.ts";

export interface ChatTemplateOptions {
  readonly tokenizer: ModelTokenizer;
  /** Jinja. Default: the tokenizer's own. */
  readonly template?: string;
  /** What the template can read beside `messages`: `enable_thinking`, `date_string`, ... Default none. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ChatEncodeOptions {
  /**
   * Ends where the assistant is to write: after the beginning of its turn, or after what it has already written where
   * the last message is its own. False: the conversation as it stands, every turn ended. Default true.
   */
  readonly addGenerationPrompt?: boolean;
}

/** How a model wants conversations written. */
export interface ChatTemplate {
  /** @returns the text, for reading: its special tokens can't be told from contents that look like them. */
  render(conversation: Conversation, options?: ChatEncodeOptions): string;
  /** @returns tokens, of which only those that the template itself writes are special. */
  encode(conversation: Conversation, options?: ChatEncodeOptions): number[];
}

const where = "ChatTemplate";
const roles = new Set<string>(["system", "user", "assistant"]);

const checkConversation = (conversation: Conversation): void => {
  if (conversation.length === 0) reject(where, "conversation", conversation, "got no message");
  conversation.forEach(({ role, content }, index) => {
    if (!roles.has(role) || typeof content !== "string") {
      reject(
        where,
        "conversation",
        { role, content },
        `message ${index} has the role ${JSON.stringify(role)}, expected system, user or assistant, and a text as content`,
      );
    }
  });
};

const parse = (template: string | null): Template => {
  if (template === null) {
    return reject(
      where,
      "template",
      template,
      "the model came without a chat template; pass one as `template`",
    );
  }
  try {
    return new Template(template);
  } catch (cause) {
    const message = `the chat template can't be read (${(cause as Error).message})`;
    return reject(where, "template", template, message);
  }
};

/**
 * Writes conversations as a model's template says, as tokens.
 *
 * The template works on marks in place of the contents. Contents are put in afterwards and encoded as text together
 * with what stands beside them, so that tokens are those of the whole text, but for contents that spell out special
 * tokens: these stay text.
 *
 * @throws InvalidArgumentError when there is no template, or it can't be read; in use, when it refuses a conversation.
 */
export const createChatTemplate = ({
  tokenizer,
  template = tokenizer.chatTemplate ?? undefined,
  variables = {},
}: ChatTemplateOptions): ChatTemplate => {
  const parsed = parse(template ?? null);
  const { specialTokens } = tokenizer;
  const split = createSplitter(specialTokens.keys());

  const run = (messages: readonly object[], addGenerationPrompt: boolean): string => {
    try {
      return parsed.render({
        ...tokenizer.templateVariables,
        ...variables,
        messages,
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (cause) {
      const message = `${where}: the template refuses the conversation (${(cause as Error).message})`;
      throw new InvalidArgumentError({ argument: "conversation", value: messages.length, message });
    }
  };

  const write = (conversation: Conversation, { addGenerationPrompt = true }: ChatEncodeOptions) => {
    checkConversation(conversation);
    const last = conversation.at(-1);
    const isContinued = addGenerationPrompt && last?.role === "assistant";
    // An answer that has not begun is one to begin.
    const isBlank = isContinued && last.content.trim() === "";
    const messages = isBlank ? conversation.slice(0, -1) : conversation;
    const hidden = hideContents(messages, (text) => specialTokens.has(text));
    const rendered = run(hidden.messages, addGenerationPrompt && (!isContinued || isBlank));
    const end = isContinued && !isBlank ? hidden.endOfLast(rendered) : rendered.length;
    const pieces = end < 0 ? null : hidden.reveal(rendered.slice(0, end));
    if (pieces === null) {
      const message = "the template cuts contents, or leaves out the answer that is to be continued";
      return reject(where, "template", template, message);
    }
    return isBlank ? [...pieces, { text: last.content, isContent: true }] : pieces;
  };

  return {
    render: (conversation, options = {}) =>
      write(conversation, options)
        .map(({ text }) => text)
        .join(""),
    encode: (conversation, options = {}) => {
      const runs: (readonly number[])[] = [];
      let text = "";
      const flush = () => {
        runs.push(tokenizer.encode(text));
        text = "";
      };
      for (const piece of write(conversation, options)) {
        for (const part of piece.isContent ? [{ ...piece, isName: false }] : split(piece.text)) {
          if (part.isName) {
            flush();
            runs.push([specialTokens.get(part.text) as number]);
          } else text += part.text;
        }
      }
      flush();
      return runs.flat();
    },
  };
};
