import { type Conversation, InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { dropLongChat, type RenderChat, toChatExamples, toChatPreferencePairs } from "./index.ts";

const marks = { system: 1001, user: 1002, assistant: 1003 } as const;
const end = 1000;

/** A template like ChatML, of one mark per turn: [role] text [end]. */
const render: RenderChat = (conversation, { addGenerationPrompt }) => [
  ...conversation.flatMap(({ role, content }) => [
    marks[role],
    ...Array.from(content, (letter) => letter.charCodeAt(0)),
    end,
  ]),
  ...(addGenerationPrompt ? [marks.assistant] : []),
];

const letterOf: Readonly<Record<number, string>> = { 1000: "·", 1001: "S", 1002: "U", 1003: "A" };
const read = (tokens: ArrayLike<number>) =>
  Array.from(tokens, (token) => letterOf[token] ?? String.fromCharCode(token)).join("");

const chat = (text: string): Conversation =>
  text.split(" ").map((turn) => ({
    role: ({ s: "system", u: "user", a: "assistant" } as const)[turn[0] as "s" | "u" | "a"],
    content: turn.slice(1),
  }));

const learned = ({ tokens, mask }: { tokens: ArrayLike<number>; mask?: ArrayLike<number> }) =>
  read(Array.from(tokens).map((token, i) => (mask?.[i] ? token : 95)));

describe("toChatExamples", () => {
  it("learns the assistant's turns and their ends, and nothing else", () => {
    const [example] = toChatExamples([chat("sbe uhi ayo ubye aciao")], render, { maxLength: 99 });
    expect(read(example!.tokens)).toBe("Sbe·Uhi·Ayo·Ubye·Aciao·");
    expect(learned(example!)).toBe("_________yo·______ciao·");
    expect(example!.completionStart).toBe(9);
  });

  it("learns the completion alone where there is one", () => {
    const item = { prompt: chat("uhi ayo ubye"), completion: chat("aciao"), weight: 2 };
    const [example] = toChatExamples([item], render, { maxLength: 99 });
    expect(learned(example!)).toBe("______________ciao·");
    expect(example!.weight).toBe(2);
  });

  it("leaves out the oldest turns of what is too long, never the system's, and never a part of one", () => {
    const conversation = chat("sbe uone atwo uhi ayo");
    const of = (maxLength: number) =>
      toChatExamples([conversation], render, { maxLength }).map((e) => read(e.tokens));
    expect(of(22)).toEqual(["Sbe·Uone·Atwo·Uhi·Ayo·"]);
    expect(of(21)).toEqual(["Sbe·Uhi·Ayo·"]);
    expect(of(11)).toEqual([]);
    expect(toChatExamples([conversation], render, { maxLength: 21, shorten: dropLongChat })).toEqual([]);
  });

  it("refuses a rule that makes nothing shorter", () => {
    const options = { maxLength: 5, shorten: (conversation: Conversation) => conversation };
    expect(() => toChatExamples([chat("uhi ayo")], render, options)).toThrow(
      "left 8 tokens of 8, expected fewer",
    );
  });

  it("leaves out what has nothing to learn", () => {
    expect(toChatExamples([chat("uhi")], render, { maxLength: 9 })).toEqual([]);
  });

  it("refuses a template that writes a turn otherwise once others follow", () => {
    const forgetful: RenderChat = (conversation, options) =>
      render(
        conversation.map((turn, i) =>
          turn.role === "assistant" && i < conversation.length - 1 ? { ...turn, content: "" } : turn,
        ),
        options,
      );
    const learn = () => toChatExamples([chat("uhi ayo ubye aciao")], forgetful, { maxLength: 99 });
    expect(learn).toThrow(InvalidArgumentError);
    expect(learn).toThrow("the turns up to 2");
    const item = { prompt: chat("uhi ayo ubye"), completion: chat("aciao") };
    expect(learned(toChatExamples([item], forgetful, { maxLength: 99 })[0]!)).toBe("____________ciao·");
  });
});

describe("toChatPreferencePairs", () => {
  const item = { prompt: chat("uone atwo uhi"), chosen: chat("ayes"), rejected: chat("ano"), margin: 1 };

  it("gives pairs that share the prompt, up to the answer's first token", () => {
    const [pair] = toChatPreferencePairs([item], render, { maxLength: 99 });
    expect([pair!.preferred, pair!.rejected].map(read)).toEqual([
      "Uone·Atwo·Uhi·Ayes·",
      "Uone·Atwo·Uhi·Ano·",
    ]);
    expect(pair).toMatchObject({ completionStart: 15, margin: 1 });
  });

  it("shortens both alike", () => {
    const [pair] = toChatPreferencePairs([item], render, { maxLength: 9 });
    expect([pair!.preferred, pair!.rejected].map(read)).toEqual(["Uhi·Ayes·", "Uhi·Ano·"]);
    expect(toChatPreferencePairs([item], render, { maxLength: 8 })).toEqual([]);
  });
});
