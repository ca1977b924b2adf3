import { CheckpointError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { parseLlama2cTokenizer } from "./llama2c-tokenizer.ts";

/** Pieces after the three special ones and the 256 bytes: id 259 and on, with falling scores. */
const words = [" ", "a", "b", "c", "ab", "bc", " a", "abc", "é"];
const file = ({ spellBytes = true, more = [] as string[] } = {}): Buffer => {
  const spelled = (i: number) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`;
  const bytes = Array.from({ length: 256 }, (_, i) => (spellBytes ? spelled(i) : String.fromCharCode(i)));
  const parts = ["<unk>", "\n<s>\n", "\n</s>\n", ...bytes, ...words, ...more].map((piece, id) => {
    const text = Buffer.from(piece);
    const head = Buffer.alloc(8);
    head.writeFloatLE(id < 259 ? 0 : 258 - id, 0);
    head.writeInt32LE(text.length, 4);
    return Buffer.concat([head, text]);
  });
  const longest = Buffer.alloc(4);
  longest.writeInt32LE(7, 0);
  return Buffer.concat([longest, ...parts]);
};
const tokenizer = parseLlama2cTokenizer(file(), "tokenizer.bin");
const id = (piece: string) => 259 + words.indexOf(piece);

describe("parseLlama2cTokenizer", () => {
  it("merges the pair with the best score first", () => {
    // " abc": ab (263) beats bc (264) and " a" (265); then abc (266); " abc" is no piece.
    expect(tokenizer.encode("abc")).toEqual([id(" "), id("abc")]);
    // " ac": " a" is the only pair.
    expect(tokenizer.encode("ac")).toEqual([id(" a"), id("c")]);
  });
  it("merges equal pairs from the left", () => {
    expect(tokenizer.encode("bcbc")).toEqual([id(" "), id("bc"), id("bc")]);
    expect(tokenizer.encode("aab")).toEqual([id(" a"), id("ab")]);
  });
  it("falls back to bytes, which never merge", () => {
    expect(tokenizer.encode("é")).toEqual([id(" "), id("é")]);
    expect(tokenizer.encode("ü")).toEqual([id(" "), 3 + 0xc3, 3 + 0xbc]);
    expect(tokenizer.encode("🙂")).toEqual([id(" "), 3 + 0xf0, 3 + 0x9f, 3 + 0x99, 3 + 0x82]);
  });
  it("leaves special tokens inside a text as text", () => {
    const tokens = tokenizer.encode("<s>");
    expect(tokens).not.toContain(1);
    expect(tokenizer.decode([1, ...tokens])).toBe("<s>");
  });
  it.each(["abc ü🙂é", "", " a", "c\n\tab", "\uFEFFa"])("gives back what it was given: %j", (text) => {
    expect(tokenizer.decode([1, ...tokenizer.encode(text)])).toBe(text);
  });
  it("keeps the space at the start of a part", () => {
    expect(tokenizer.decode([id(" a"), id("b")])).toBe(" ab");
    expect(tokenizer.encode("")).toEqual([]);
  });
  it("knows its special tokens", () => {
    expect(tokenizer).toMatchObject({ vocabularySize: 259 + words.length, beginToken: 1, endToken: 2 });
    expect(tokenizer.decode([0, 1, 2])).toBe("");
  });
  it("gives words the same tokens wherever they stand, and merges over a space where a piece has one within", () => {
    const one = tokenizer.encode("abc a");
    expect(one).toEqual([id(" "), id("abc"), id(" a")]);
    const abc = [id(" "), id("abc")];
    expect(tokenizer.encode("abc abc  a abc a")).toEqual([...abc, ...abc, id(" "), id(" a"), ...one]);
    const crossing = parseLlama2cTokenizer(file({ more: ["c ", "c a"] }), "tokenizer.bin");
    const last = 259 + words.length;
    expect(crossing.encode("c a")).toEqual([id(" "), last + 1]);
    expect(crossing.encode("b c b")).toEqual([id(" "), id("b"), id(" "), last, id("b")]);
  });
  it("takes a long text in its stride", () => {
    const text = "abc".repeat(50_000);
    expect(tokenizer.encode(text)).toHaveLength(50_001);
  });
  it("reads files that spell bytes as characters, as llama2.c's own does", () => {
    const raw = parseLlama2cTokenizer(file({ spellBytes: false }), "tokenizer.bin");
    expect(raw.decode([3 + 0xc3, 3 + 0xbc])).toBe("ü");
  });
});

describe("a damaged tokenizer file", () => {
  const whole = file();
  it.each([
    { bytes: whole.subarray(0, 2), message: "2 bytes, expected at least 4" },
    { bytes: whole.subarray(0, whole.length - 1), message: "cut short in piece" },
    { bytes: whole.subarray(0, whole.length - 6), message: "cut short in the head of piece" },
    { bytes: whole.subarray(0, 30), message: "expected at least 259" },
    {
      bytes: Buffer.concat([whole.subarray(0, 8), Buffer.from([255, 0, 0, 0]), whole.subarray(12)]),
      message: "has length 255",
    },
  ])("is refused: $message", ({ bytes, message }) => {
    expect(() => parseLlama2cTokenizer(bytes, "x.bin")).toThrow(CheckpointError);
    expect(() => parseLlama2cTokenizer(bytes, "x.bin")).toThrow(message);
  });
});
