import type { ChatMessage, Conversation } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RenderChat, toChatExamples, toChatPreferencePairs } from "./index.ts";
import { slowChatExamples, slowChatPreferencePairs } from "./test-slow-chat.ts";

type Write = (conversation: Conversation, asks: boolean) => string;

const end = "</s>";
const turn = ({ role, content }: ChatMessage) => `<${role}>${content}${end}`;
const turns = (conversation: Conversation) => conversation.map(turn).join("");
const ask = (asks: boolean) => (asks ? "<assistant>" : "");

/** Templates as models have them; "forgets" and "counts" write a turn otherwise once others follow. */
const templates: Readonly<Record<string, Write>> = {
  plain: (chat, asks) => turns(chat) + ask(asks),
  "begins with its own system prompt": (chat, asks) =>
    `<s>${chat[0]?.role === "system" ? "" : turn({ role: "system", content: "You help." })}${turns(chat)}${ask(asks)}`,
  "puts the system prompt into the first turn": (chat, asks) => {
    const [first, ...rest] = chat;
    if (first?.role !== "system") return turns(chat) + ask(asks);
    const [next, ...others] = rest;
    const merged = next ? [{ ...next, content: `${first.content}\n${next.content}` }, ...others] : [];
    return turns(merged) + ask(asks);
  },
  "puts the system prompt into the last turn": (chat, asks) => {
    const system = chat[0]?.role === "system" ? chat[0].content : "";
    const rest = system ? chat.slice(1) : chat;
    const last = rest.findLastIndex(({ role }) => role === "user");
    return turns(rest.map((m, i) => (i === last ? { ...m, content: system + m.content } : m))) + ask(asks);
  },
  "asks with an empty thought": (chat, asks) => turns(chat) + (asks ? "<assistant><think></think>" : ""),
  "forgets thoughts": (chat, asks) =>
    turns(chat.map((m, i) => (i < chat.length - 1 ? { ...m, content: m.content.replace(/^.*!/, "") } : m))) +
    ask(asks),
  "counts turns": (chat, asks) => chat.map((m, i) => `${i}${turn(m)}`).join("") + ask(asks),
  "counts what follows": (chat, asks) =>
    chat.map((m, i) => `${chat.length - i}${turn(m)}`).join("") + ask(asks),
  "refuses what does not alternate": (chat, asks) => {
    const spoken = chat.filter(({ role }) => role !== "system");
    if (spoken.some(({ role }, i) => role !== (i % 2 ? "assistant" : "user")))
      throw new RangeError("alternate");
    return turns(chat) + ask(asks);
  },
};

/** One token per character; or one for each pair of equal letters, also at seams; or another one at a text's start. */
const encoders: Readonly<Record<string, (text: string) => number[]>> = {
  characters: (text) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)),
  pairs: (text) => (text.match(/([ab>])\1|[\s\S]/g) ?? []).map((token) => token.charCodeAt(0) * token.length),
  starts: (text) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i) + (i === 0 ? 1000 : 0)),
};

const renderer =
  (write: Write, encode: (text: string) => number[]): RenderChat =>
  (conversation, { addGenerationPrompt }) =>
    encode(write(conversation, addGenerationPrompt));

const content = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "!", "<", "user>", "</s>") });
const conversation = fc
  .tuple(fc.boolean(), fc.array(content, { minLength: 1, maxLength: 12 }), fc.boolean(), fc.nat({ max: 40 }))
  .map(
    ([hasSystem, contents, alternates, odd]): Conversation => [
      ...(hasSystem ? [{ role: "system" as const, content: "be" }] : []),
      ...contents.map((content, i) => ({
        role: (alternates ? i % 2 === 1 : (i * 7 + odd) % 3 === 1)
          ? ("assistant" as const)
          : ("user" as const),
        content,
      })),
    ],
  );

const outcome = (make: () => unknown): unknown => {
  try {
    return make();
  } catch (error) {
    return `${error}`;
  }
};

describe.each(Object.keys(encoders))("encoded as %s", (encoder) => {
  it.each(Object.keys(templates))("a template that %s gives what every beginning rendered gives", (name) => {
    const render = renderer(templates[name] as Write, encoders[encoder] as (text: string) => number[]);
    fc.assert(
      fc.property(
        conversation,
        conversation,
        fc.integer({ min: 20, max: 260 }),
        (chat, answer, maxLength) => {
          const whole = { maxLength: 1e6 };
          for (const item of [chat, { prompt: chat, completion: answer }]) {
            const expected = outcome(() => slowChatExamples([item], render, whole));
            expect(outcome(() => toChatExamples([item], render, whole))).toEqual(expected);
            const shortened = outcome(() => slowChatExamples([item], render, { maxLength }));
            // The plain way refuses a template for each conversation on the way to one that fits.
            if (typeof shortened !== "string") {
              expect(outcome(() => toChatExamples([item], render, { maxLength }))).toEqual(shortened);
            }
          }
          const pair = { prompt: chat, chosen: answer, rejected: answer.slice(1), margin: 1 };
          const expected = outcome(() => slowChatPreferencePairs([pair], render, { maxLength }));
          if (typeof expected === "string") return;
          expect(toChatPreferencePairs([pair], render, { maxLength })).toEqual(expected);
        },
      ),
      { numRuns: 15 },
    );
  });
});

it("a template that ends the whole conversation once lets the last turn be learned", () => {
  const write: Write = (chat, asks) => turns(chat) + (asks ? ask(true) : "<eos>");
  const render = renderer(write, encoders.characters as (text: string) => number[]);
  const [prompt, completion] = [
    [{ role: "user", content: "a" }],
    [{ role: "assistant", content: "b" }],
  ] as const;
  const [example] = toChatExamples([{ prompt, completion }], render, { maxLength: 99 });
  expect(example?.completionStart).toBe("<user>a</s><assistant>".length);
});

/** Counts the characters that a template hands to its tokenizer. */
const counted = (write: Write, charactersPerToken: number) => {
  const count = { characters: 0 };
  const render: RenderChat = (chat, { addGenerationPrompt }) => {
    const text = write(chat, addGenerationPrompt);
    count.characters += text.length;
    const marked = text.match(new RegExp(`<[^>]*>|[^<]{1,${charactersPerToken}}`, "g")) ?? [];
    return marked.map((token) => token.length * 31 + token.charCodeAt(0));
  };
  return { count, render };
};

const longChat = (numTurns: number, characters: (turn: number) => number): Conversation =>
  Array.from({ length: numTurns }, (_, i) => ({
    role: i % 2 ? "assistant" : "user",
    content: `${i} `.padEnd(characters(i), "word "),
  }));

const lengths: Readonly<Record<string, (turn: number) => number>> = {
  "of 300 characters": () => 300,
  "of 30 characters": () => 30,
  "of one to 2,000 characters": (turn) => 1 + ((turn * 7919) % 2000),
  "ever longer": (turn) => 10 + turn * 5,
  "ever shorter": (turn) => 650 - turn * 5,
};

describe.each(Object.keys(lengths))("a chat of 128 turns %s", (kind) => {
  const chat = longChat(128, lengths[kind] as (turn: number) => number);
  const usual = ["plain", "begins with its own system prompt", "refuses what does not alternate"];

  it.each(usual)("costs at most 5 times its own length, with a template that %s", (name) => {
    const write = templates[name] as Write;
    for (const charactersPerToken of [1, 4]) {
      const { count, render } = counted(write, charactersPerToken);
      const whole = render(chat, { addGenerationPrompt: false }).length;
      const own = count.characters;
      const costOf = (make: () => unknown) => {
        count.characters = 0;
        make();
        return count.characters / own;
      };
      for (const maxLength of [1024, whole - 1, whole >> 1, whole]) {
        expect(costOf(() => toChatExamples([chat], render, { maxLength }))).toBeLessThanOrEqual(5);
        const item = { prompt: chat.slice(0, -1), completion: chat.slice(-1) };
        expect(costOf(() => toChatExamples([item], render, { maxLength }))).toBeLessThanOrEqual(5);
        const pair = { prompt: item.prompt, chosen: item.completion, rejected: item.completion };
        // A pair is two conversations.
        expect(costOf(() => toChatPreferencePairs([pair], render, { maxLength }))).toBeLessThanOrEqual(10);
      }
    }
  });
});

it("twice the turns cost twice the characters", () => {
  const costOf = (numTurns: number) => {
    const { count, render } = counted(templates["begins with its own system prompt"] as Write, 4);
    toChatExamples([longChat(numTurns, () => 300)], render, { maxLength: 1e6 });
    return count.characters;
  };
  expect(costOf(256) / costOf(128)).toBeLessThan(2.1);
});
