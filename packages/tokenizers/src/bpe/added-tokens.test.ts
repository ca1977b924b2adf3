import { describe, expect, it } from "vitest";
import golden from "../__fixtures__/added-tokens.json" with { type: "json" };
import type { ModelTokenizer } from "../model-tokenizer.ts";
import { parseTokenizerJson } from "./tokenizer-json.ts";

const { texts, names, flags, vocabs, pipelines } = golden.inputs;
type Pipeline = (typeof pipelines)["byte level"];

const make = (pipeline: Pipeline, more: object): ModelTokenizer => {
  const vocab = vocabs[pipeline.vocab as "byte" | "spaced"];
  const added_tokens = names.map((content, i) => ({
    id: Object.keys(vocab).length + i,
    content,
    special: true,
    normalized: false,
    ...more,
  }));
  const { normalizer, pre_tokenizer } = pipeline;
  const unk_token = pipeline.vocab === "spaced" ? "<unk>" : null;
  const file = {
    model: { type: "BPE", vocab, merges: [], unk_token },
    decoder: { type: pipeline.vocab === "spaced" ? "Metaspace" : "ByteLevel" },
    added_tokens,
    normalizer,
    pre_tokenizer,
  };
  return parseTokenizerJson({ tokenizer: JSON.stringify(file) }, "tokenizer.json");
};

describe.each(Object.entries(golden.outputs))(
  "added tokens are found as in Rust's tokenizers: %s",
  (name, outputs) => {
    it.each(Object.entries(outputs))("%s", (kind, rows) => {
      const pipeline = pipelines[name as keyof typeof pipelines] as Pipeline;
      const tokenizer = make(pipeline, flags[kind as keyof typeof flags]);
      rows.forEach((expected, i) => {
        const text = texts[i] as string;
        expect(tokenizer.encodeParts([{ text, isPlain: false }]), JSON.stringify(text)).toEqual(expected);
      });
    });
  },
);

describe("special tokens that spell out in plain parts", () => {
  const tokenizer = make(pipelines["byte level"] as Pipeline, flags.both);
  const ids = new Set<number>(tokenizer.specialTokens.values());
  const specialsOf = (...parts: readonly [text: string, isPlain: boolean][]) =>
    tokenizer.encodeParts(parts.map(([text, isPlain]) => ({ text, isPlain }))).filter((id) => ids.has(id));
  const id = (name: string) => tokenizer.specialTokens.get(name) as number;

  it("stay text", () => {
    expect(specialsOf(["<s>", false], ["<s></s>", true], ["</s>", false])).toEqual([id("<s>"), id("</s>")]);
  });
  it("are not made of a plain part and one beside it", () => {
    expect(specialsOf(["<", false], ["s", true], [">", false])).toEqual([]);
    expect(specialsOf(["<x", true], [">", false])).toEqual([]);
  });
  it("don't hide those beside them", () => {
    // "<x>y" would be the longest, but its end is plain.
    expect(specialsOf(["<x>", false], ["y", true])).toEqual([id("<x>")]);
    expect(specialsOf(["<x", true], ["<x>", false])).toEqual([id("<x>")]);
  });
  it("leave white space of contents to the tokens beside them that take it", () => {
    expect(
      tokenizer.encodeParts([
        { text: "<s>", isPlain: false },
        { text: " \n ", isPlain: true },
      ]),
    ).toEqual([id("<s>")]);
  });
});

describe("the end is the token that the files name", () => {
  const { vocab } = { vocab: Object.fromEntries([..."abcdĠ"].map((c, i) => [c, i])) };
  const parse = (special: boolean, files: object) =>
    parseTokenizerJson(
      {
        tokenizer: JSON.stringify({
          model: { type: "BPE", vocab, merges: [] },
          added_tokens: [{ id: 5, content: "<end>", special, normalized: !special }],
          pre_tokenizer: { type: "ByteLevel" },
          decoder: { type: "ByteLevel" },
        }),
        ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, JSON.stringify(file)])),
      },
      "tokenizer.json",
    );
  it.each([
    { files: { config: { eos_token: "<end>" } }, end: 5, stop: [5] },
    { files: { specialTokensMap: { eos_token: { content: "<end>" } } }, end: 5, stop: [5] },
    { files: { generationConfig: { eos_token_id: [5, 3] } }, end: 5, stop: [5, 3] },
    { files: { modelConfig: { eos_token_id: 5 } }, end: 5, stop: [5] },
    { files: { generationConfig: { eos_token_id: 2 }, modelConfig: { eos_token_id: 5 } }, end: 2, stop: [2] },
    {
      files: { config: { eos_token: "<end>" }, generationConfig: { eos_token_id: [3, 99] } },
      end: 5,
      stop: [3, 5],
    },
    { files: { modelConfig: { eos_token_id: [99] } }, end: null, stop: [] },
  ])("$files", ({ files, end, stop }) => {
    for (const special of [true, false]) {
      const { endToken, stopTokens } = parse(special, files);
      expect({ endToken, stopTokens }).toEqual({ endToken: end, stopTokens: stop });
    }
  });
  it("which no text becomes, even where the list doesn't call it special", () => {
    const tokenizer = parse(false, { config: { eos_token: "<end>" } });
    expect(tokenizer.encode("a<end>")).not.toContain(5);
    expect(tokenizer.decode([0, 5])).toBe("a");
  });
});
