import type { Tokenizer, TokenSequence } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { createTextStream } from "./text-stream.ts";

/** One token per byte. */
const bytes: Tokenizer = {
  vocabularySize: 256,
  beginToken: null,
  endToken: null,
  encode: (text) => [...Buffer.from(text)],
  decode: (tokens: TokenSequence) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(tokens)),
};

describe("createTextStream", () => {
  it("gives a character only when it is whole", () => {
    const stream = createTextStream(bytes);
    const pieces = bytes.encode("aé🙂b").map((token) => stream.push([token]));
    expect(pieces).toEqual(["a", "", "é", "", "", "", "🙂", "b"]);
    expect(stream.end()).toBe("");
  });
  it("gives the same text in pieces as at once", () => {
    const text = "naïve café 👍🏽 — 東京\n";
    for (const size of [1, 2, 3, 5]) {
      const stream = createTextStream(bytes);
      const tokens = bytes.encode(text);
      let streamed = "";
      for (let i = 0; i < tokens.length; i += size) streamed += stream.push(tokens.slice(i, i + size));
      expect(streamed + stream.end()).toBe(text);
    }
  });
  it("gives bytes that are no character as soon as the next token says so", () => {
    const stream = createTextStream(bytes);
    expect(stream.push([0xff, 0xff, 0xff, 0xff])).toBe("\uFFFD\uFFFD\uFFFD");
    expect(stream.push([97])).toBe("\uFFFDa");
  });
  it("gives whole characters where each token ends one and begins the next", () => {
    const parts = [
      [0xf0, 0x9f],
      [0x98, 0x80, 0xf0, 0x9f],
      [0x98, 0x81, 0xf0, 0x9f],
      [0x98, 0x82],
    ];
    const halves: Tokenizer = {
      ...bytes,
      decode: (tokens) => bytes.decode(Array.from(tokens).flatMap((token) => parts[token] as number[])),
    };
    const stream = createTextStream(halves);
    const pieces = [0, ...Array<number>(20).fill(1), 2, 3].map((token) => stream.push([token]));
    expect(pieces).toEqual(["", ...Array<string>(20).fill("😀"), "😁", "😂"]);
    expect(stream.end()).toBe("");
  });
  it("gives what is left at the end", () => {
    const stream = createTextStream(bytes);
    expect(stream.push([0xf0, 0x9f])).toBe("");
    expect(stream.end()).toBe("\uFFFD");
  });
});
