import { type Conversation, InvalidArgumentError } from "@accord-rl/core";
import { createJinjaTemplate, type JinjaTemplate } from "../jinja/render.ts";
import { toValue } from "../jinja/values/convert.ts";
import { type Span, Text } from "../jinja/values/text.ts";
import { dictionaryOf, type Value } from "../jinja/values/values.ts";
import type { ModelTokenizer } from "../model-tokenizer.ts";

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

const reject = (argument: string, value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument, value, message: `ChatTemplate: ${message}` });
};

const roles = new Set<string>(["system", "user", "assistant"]);

const checkConversation = (conversation: Conversation): void => {
  if (conversation.length === 0) reject("conversation", conversation, "got no message");
  conversation.forEach(({ role, content }, index) => {
    if (!roles.has(role) || typeof content !== "string") {
      reject(
        "conversation",
        { role, content },
        `message ${index} has the role ${JSON.stringify(role)}, expected system, user or assistant, and a text as content`,
      );
    }
  });
};

const shortMessage = (cause: unknown): string => {
  const { message } = cause as Error;
  return message.length > 300 ? `${message.slice(0, 297)}...` : message;
};

const parse = (template: string | null): JinjaTemplate => {
  if (template === null) {
    return reject("template", template, "the model came without a chat template; pass one as `template`");
  }
  try {
    return createJinjaTemplate(template);
  } catch (cause) {
    return reject("template", template, `the chat template can't be read (${shortMessage(cause)})`);
  }
};

/** Messages as a template sees them. Each content knows which message it belongs to. */
const messageValues = (conversation: Conversation): Value =>
  conversation.map(({ role, content }, index) =>
    dictionaryOf([
      [Text.of("role"), Text.of(role)],
      [Text.of("content"), Text.of(content, index)],
    ]),
  );

/** The text up to the end of the last message's content. */
const upToAnswer = (spans: readonly Span[], conversation: Conversation): readonly Span[] => {
  const index = conversation.length - 1;
  const answer = spans.filter(({ source }) => source === index).map(({ text }) => text);
  if (
    !answer
      .join("")
      .trimEnd()
      .endsWith(conversation[index]?.content.trim() ?? "")
  ) {
    const message = "the template changes the answer that is to be continued, or leaves out the answer";
    return reject("template", answer.length, message);
  }
  return spans.slice(0, spans.findLastIndex(({ source }) => source === index) + 1);
};

/**
 * Writes conversations as a model's template says, as tokens.
 *
 * Templates see contents as they are, and each character of the result knows whether it comes from a content. Contents
 * are encoded as text together with what stands beside them, so that tokens are those of the whole text, but for
 * contents that spell out special tokens: these stay text.
 *
 * @throws InvalidArgumentError when there is no template, or it can't be read; in use, when it refuses a conversation,
 *   fails, or takes too long.
 */
export const createChatTemplate = ({
  tokenizer,
  template = tokenizer.chatTemplate ?? undefined,
  variables = {},
}: ChatTemplateOptions): ChatTemplate => {
  const parsed = parse(template ?? null);

  const run = (conversation: Conversation, addGenerationPrompt: boolean): readonly Span[] => {
    try {
      const given = Object.entries({
        ...tokenizer.templateVariables,
        ...variables,
        add_generation_prompt: addGenerationPrompt,
      }).map(([name, value]) => [name, toValue(value)] as const);
      return parsed.render(new Map([...given, ["messages", messageValues(conversation)]]));
    } catch (cause) {
      const message = `ChatTemplate: the template refuses the conversation (${shortMessage(cause)})`;
      throw new InvalidArgumentError({ argument: "conversation", value: conversation.length, message });
    }
  };

  const write = (
    conversation: Conversation,
    { addGenerationPrompt = true }: ChatEncodeOptions,
  ): readonly Span[] => {
    checkConversation(conversation);
    const last = conversation.at(-1);
    if (!addGenerationPrompt || last?.role !== "assistant") return run(conversation, addGenerationPrompt);
    // An answer that has not begun is one to begin.
    if (last.content.trim() === "") {
      const spans = run(conversation.slice(0, -1), true);
      return [...spans, { text: last.content, source: conversation.length - 1 }];
    }
    return upToAnswer(run(conversation, false), conversation);
  };

  return {
    render: (conversation, options = {}) =>
      write(conversation, options)
        .map(({ text }) => text)
        .join(""),
    encode: (conversation, options = {}) =>
      tokenizer.encodeParts(
        write(conversation, options).map(({ text, source }) => ({ text, isPlain: source >= 0 })),
      ),
  };
};
