import { AccordError, type Conversation } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { parseTokenizerJson } from "./bpe/tokenizer-json.ts";
import { createChatTemplate } from "./chat/chat-template.ts";
import { hostilePatterns, hostileTemplates, hostileTokenizers } from "./test-hostile-inputs.ts";
import { smallTokenizer } from "./test-small-tokenizers.ts";

const tokenizer = smallTokenizer();
const conversation: Conversation = [
  { role: "user", content: "a ".repeat(50) },
  { role: "assistant", content: "b" },
];

/** Whether something ends with a value, or with an error of ours; anything else is thrown on. */
const isOrderly = (run: () => unknown): "value" | "error" => {
  try {
    run();
    return "value";
  } catch (error) {
    if (!AccordError.isInstance(error) || error.message.length > 1000) throw error;
    return "error";
  }
};

describe("hostile templates end with a result or an error of ours", () => {
  it.each(hostileTemplates)("%s", (_name, template) => {
    const render = () =>
      createChatTemplate({ tokenizer, template }).render(conversation, { addGenerationPrompt: false });
    expect(["value", "error"]).toContain(isOrderly(render));
  });
});

/** A tokenizer whose texts are cut, or changed, by a pattern. */
const withPattern = (pattern: string, kind: "Split" | "Replace") => {
  const cut = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  const replace = { type: "Replace", pattern: { Regex: pattern }, content: "xx" };
  return parseTokenizerJson(
    {
      tokenizer: JSON.stringify({
        model: { type: "BPE", vocab: { a: 0, b: 1, x: 2 }, merges: [] },
        decoder: { type: "ByteLevel" },
        normalizer: kind === "Replace" ? replace : null,
        pre_tokenizer: kind === "Split" ? cut : null,
      }),
    },
    "tokenizer.json",
  );
};

const texts = ["a".repeat(2000), `${"ab".repeat(500)}c`, `${" ".repeat(1000)}\n`, "aaab 🙂 aab"];

describe("hostile patterns end with a result or an error of ours", () => {
  it.each(hostilePatterns)("%s", (pattern) => {
    for (const kind of ["Split", "Replace"] as const) {
      expect(["value", "error"]).toContain(
        isOrderly(() => {
          const { encode } = withPattern(pattern, kind);
          for (const text of texts) encode(text);
        }),
      );
    }
  });
});

describe("hostile tokenizers end with a result or an error of ours", () => {
  it.each(hostileTokenizers)("%s", (_name, file) => {
    const run = () => {
      const { encode, decode } = parseTokenizerJson({ tokenizer: file() }, "tokenizer.json");
      for (const text of texts) decode(encode(text));
    };
    expect(["value", "error"]).toContain(isOrderly(run));
  });
});
