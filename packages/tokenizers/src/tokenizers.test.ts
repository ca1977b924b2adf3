import { createRandom, type Tokenizer } from "@accord-rl/core";
import { hashOfLists, variedTexts } from "@accord-rl/testing";
import { describe, expect, it } from "vitest";
import golden from "./__fixtures__/small-tokenizers.json" with { type: "json" };
import { parseTokenizerJson } from "./bpe/tokenizer-json.ts";
import { tokenizerFromGguf } from "./gguf/gguf-tokenizer.ts";
import {
  type Pipeline,
  smallFile,
  smallGguf,
  smallScoredGguf,
  smallTokenizer,
} from "./test-small-tokenizers.ts";
import { createTextStream } from "./text-stream.ts";

const texts = variedTexts(golden.inputs);

const expectReference = (tokenizer: Tokenizer, { ids, hash }: Pick<Pipeline, "ids" | "hash">): void => {
  const encoded = texts.map((text) => tokenizer.encode(text));
  ids.forEach((expected, i) => {
    expect(encoded[i], JSON.stringify(texts[i])).toEqual(expected);
  });
  expect(hashOfLists(encoded)).toBe(hash);
};

const pipelines = (["byteLevel", "spaced"] as const).flatMap((family) =>
  Object.entries(golden.outputs[family]).map(([name, pipeline]) => ({
    name,
    family,
    pipeline: pipeline as Pipeline,
  })),
);

describe("a tokenizer.json agrees with Hugging Face's tokenizers on 1,000 texts", () => {
  it.each(pipelines)("with $name", ({ family, pipeline }) => {
    const tokenizer = parseTokenizerJson(
      { tokenizer: JSON.stringify(smallFile(family, pipeline)) },
      "tokenizer.json",
    );
    expectReference(tokenizer, pipeline);
    pipeline.decoded.forEach((text, i) => {
      expect(tokenizer.decode(pipeline.ids[i]!)).toBe(text);
    });
  });
});

describe("a GGUF's metadata make the same tokenizer", () => {
  it.each([
    { pre: "smollm", pipeline: "smollm" },
    { pre: "gpt-2", pipeline: "gpt2" },
    { pre: "default", pipeline: "gpt2" },
    { pre: "qwen2", pipeline: "qwen2" },
  ] as const)("as $pre", ({ pre, pipeline }) => {
    const tokenizer = tokenizerFromGguf(smallGguf({ "tokenizer.ggml.pre": pre }), "x.gguf");
    expectReference(tokenizer, golden.outputs.byteLevel[pipeline]);
  });
  it("as llama-bpe, where a piece that is a token isn't merged", () => {
    const json = smallFile("byteLevel", golden.outputs.byteLevel.llama3);
    const whole = { ...json, model: { ...json.model, ignore_merges: true } };
    const expected = parseTokenizerJson({ tokenizer: JSON.stringify(whole) }, "tokenizer.json");
    const tokenizer = tokenizerFromGguf(smallGguf({ "tokenizer.ggml.pre": "llama-bpe" }), "x.gguf");
    for (const text of texts) expect(tokenizer.encode(text)).toEqual(expected.encode(text));
  });
  it("with scores, as sentencepiece", () => {
    const tokenizer = tokenizerFromGguf(smallScoredGguf(), "x.gguf");
    expectReference(tokenizer, golden.outputs.scored);
    golden.outputs.scored.decoded.forEach((text, i) => {
      expect(tokenizer.decode([1, ...golden.outputs.scored.ids[i]!])).toBe(text);
    });
  });
  it("with what it says of beginnings and ends", () => {
    const { beginToken, endToken, stopTokens, vocabularySize, templateVariables, chatTemplate } =
      tokenizerFromGguf(
        smallGguf({
          "tokenizer.ggml.bos_token_id": 600,
          "tokenizer.ggml.eos_token_id": 5,
          "tokenizer.ggml.eot_token_id": 6,
          "tokenizer.ggml.add_bos_token": false,
          "tokenizer.chat_template": "{{ messages }}",
        }),
        "x.gguf",
      );
    expect({ beginToken, endToken, vocabularySize, chatTemplate }).toEqual({
      beginToken: null,
      endToken: 5,
      vocabularySize: 604,
      chatTemplate: "{{ messages }}",
    });
    expect(stopTokens).toEqual([5, 6, 601]);
    expect(templateVariables.bos_token).toBe("<|im_start|>");
    expect(tokenizerFromGguf(smallScoredGguf(), "x.gguf").beginToken).toBe(1);
  });
});

describe("text stays text", () => {
  it.each([
    { name: "tokenizer.json", tokenizer: smallTokenizer() },
    { name: "GGUF", tokenizer: tokenizerFromGguf(smallGguf(), "x.gguf") },
    { name: "scores", tokenizer: tokenizerFromGguf(smallScoredGguf(), "x.gguf") },
  ])("where it spells out special tokens: $name", ({ tokenizer }) => {
    const special = [...tokenizer.specialTokens];
    expect(special.length).toBeGreaterThan(1);
    for (const [name, id] of special) {
      for (const text of [name, `a${name}b`, name + name, `${name}\n`]) {
        expect(tokenizer.encode(text)).not.toContain(id);
        expect(tokenizer.decode(tokenizer.encode(text)).trimStart()).toBe(text);
      }
      expect(tokenizer.decode([id])).toBe("");
    }
  });
  it("where it spells out a byte", () => {
    const tokenizer = tokenizerFromGguf(smallScoredGguf(), "x.gguf");
    expect(tokenizer.encode("<0x0A>")).not.toContain(tokenizer.encode("\n").at(-1));
  });
  it("while added tokens that control nothing are found in it", () => {
    expect(smallTokenizer().encode("<think>a")).toEqual([602, ...smallTokenizer().encode("a")]);
  });
  it("where half a surrogate pair is in it, as the character for what is lost", () => {
    expect(smallTokenizer().encode("a\uD83Db")).toEqual(smallTokenizer().encode("a\uFFFDb"));
    expect(smallTokenizer().encode("")).toEqual([]);
    expect(smallTokenizer().decode([])).toBe("");
    expect(smallTokenizer().decode([603, 604, 70_000])).toBe("</think>");
  });
});

describe("text that comes token by token is the text at once", () => {
  it.each([
    { name: "byte-level", tokenizer: smallTokenizer() as Tokenizer },
    { name: "scores", tokenizer: tokenizerFromGguf(smallScoredGguf(), "x.gguf") as Tokenizer },
  ])("$name", ({ tokenizer }) => {
    const random = createRandom(1);
    const noise = Array.from({ length: 200 }, () =>
      Array.from({ length: 1 + random.integer(40) }, () => random.integer(tokenizer.vocabularySize)),
    );
    const halves = texts.slice(0, 200).map((text) => tokenizer.encode(`${text}👨‍👩‍👧‍👦🫠`).slice(0, -1));
    for (const tokens of [...noise, ...halves]) {
      const stream = createTextStream(tokenizer);
      const pieces = tokens.map((token) => stream.push([token]));
      expect(pieces.join("") + stream.end()).toBe(tokenizer.decode(tokens));
      expect(pieces.every((piece) => !/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/.test(piece))).toBe(true);
    }
  });
});

const file = smallFile("byteLevel", golden.outputs.byteLevel.gpt2);
const { model } = file;
describe("a tokenizer.json that can't be used is refused by name", () => {
  it.each([
    { change: [], message: "expected an object" },
    { change: { ...file, model: { ...model, type: "Unigram" } }, message: 'expected "BPE"' },
    { change: { ...file, model: { ...model, vocab: { a: -1 } } }, message: 'token "a" has the id -1' },
    {
      change: { ...file, model: { ...model, vocab: { a: 9e6 }, merges: [] } },
      message: "without large gaps",
    },
    {
      change: { ...file, model: { ...model, merges: [["x y", "z"]] } },
      message: "that the vocabulary lacks",
    },
    { change: { ...file, model: { ...model, unk_token: "???" } }, message: 'its unk_token "???"' },
    { change: { ...file, model: { ...model, end_of_word_suffix: "</w>" } }, message: "marks parts of words" },
    { change: { ...file, added_tokens: [{ content: 3, id: 1 }] }, message: "an added token is" },
    { change: { ...file, normalizer: { type: "Precompiled" } }, message: 'of type "Precompiled"' },
    {
      change: { ...file, pre_tokenizer: { type: "BertPreTokenizer" } },
      message: 'of type "BertPreTokenizer"',
    },
    { change: { ...file, decoder: { type: "WordPiece" } }, message: "its decoder has the part" },
    {
      change: {
        ...file,
        pre_tokenizer: { type: "Split", pattern: { Regex: "(\\p{L}*)*x" }, behavior: "Isolated" },
      },
      message: "repeats without end what can be empty",
    },
    {
      change: { ...file, pre_tokenizer: { type: "Split", pattern: { Regex: "(" }, behavior: "Isolated" } },
      message: "don't fit together",
    },
    {
      change: {
        ...file,
        pre_tokenizer: { type: "Split", pattern: { String: "ab" }, behavior: "Contiguous" },
      },
      message: 'behaves as "Contiguous"',
    },
  ])("$message", ({ change, message }) => {
    const parse = () => parseTokenizerJson({ tokenizer: JSON.stringify(change) }, "folder/tokenizer.json");
    expect(parse).toThrow(message);
    expect(parse).toThrow("folder/tokenizer.json: no usable tokenizer.json");
  });
});

describe("metadata that can't be used are refused by name", () => {
  it.each([
    { change: { "tokenizer.ggml.model": "bert" }, message: 'it is "bert", expected one of gpt2, llama' },
    { change: { "tokenizer.ggml.pre": "chameleon" }, message: 'its pre-tokenizer is "chameleon"' },
    { change: { "tokenizer.ggml.tokens": "all" }, message: "expected a list of texts" },
    { change: { "tokenizer.ggml.token_type": new Int32Array(3) }, message: "has 3 numbers" },
    { change: { "tokenizer.ggml.merges": ["one"] }, message: "merge 0" },
    { change: { "tokenizer.ggml.eos_token_id": 604 }, message: "expected a token from 0 to 603" },
  ])("$message", ({ change, message }) => {
    expect(() => tokenizerFromGguf(smallGguf(change), "x.gguf")).toThrow(message);
  });
  it("as is a vocabulary with scores that lacks a byte", () => {
    const metadata = smallScoredGguf({ "tokenizer.ggml.token_type": new Int32Array(900).fill(1) });
    expect(() => tokenizerFromGguf(metadata, "x.gguf")).toThrow("no token for the byte 0");
    const { "tokenizer.ggml.scores": _, ...rest } = smallScoredGguf();
    expect(() => tokenizerFromGguf(rest, "x.gguf")).toThrow('no "tokenizer.ggml.scores"');
  });
});
