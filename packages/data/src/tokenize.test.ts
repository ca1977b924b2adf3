import { InvalidArgumentError } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dropTooLong,
  keepPromptEnd,
  keepPromptStart,
  type Truncation,
  tokenizeResponses,
  toPreferencePairs,
  toRatedTexts,
  toTextExamples,
} from "./index.ts";
import { characterTokenizer, mergingTokenizer } from "./test-tokenizer.ts";
import { encodeStart } from "./tokenize.ts";

const tokenizer = characterTokenizer();
/** Begin and end token as "<" and ">", so that sequences can be read. */
const read = (tokens: ArrayLike<number>) =>
  Array.from(tokens, (token) => (token === 1 ? "<" : token === 2 ? ">" : tokenizer.decode([token]))).join("");

describe("tokenizeResponses", () => {
  const sequences = (prompt: string, responses: string[], maxLength: number, maxPromptLength?: number) => {
    const options = { maxLength, ...(maxPromptLength === undefined ? {} : { maxPromptLength }) };
    const result = tokenizeResponses(prompt, responses, tokenizer, options);
    return [...result.sequences.map(read), result.completionStart];
  };

  it("keeps what fits whole, with begin and end token", () => {
    expect(sequences("abc", ["XY", "Z"], 7)).toEqual(["<abcXY>", "<abcZ>", 4]);
  });

  it("cuts the prompt's start first, the same for all responses", () => {
    expect(sequences("abcdef", ["XY", "Z"], 8)).toEqual(["<cdefXY>", "<cdefZ>", 5]);
  });

  it("then cuts the responses' ends, which lose their end token", () => {
    expect(sequences("abcdef", ["UVWXYZ", "Z"], 8, 3)).toEqual(["<defUVWX", "<defZ>", 4]);
    expect(sequences("abcdef", ["UVWXYZ"], 8)).toEqual(["<cdefUVW", 5]); // half of 8 is the prompt's by default
  });

  it("cuts as it is told to: the prompt's end, or nothing at all", () => {
    const cut = (truncate: Truncation, maxLength: number) => {
      const result = tokenizeResponses("abcdef", ["XY", "Z"], tokenizer, { maxLength, truncate });
      return result && [...result.sequences.map(read), result.completionStart];
    };
    expect(cut(keepPromptStart(0), 8)).toEqual(["<abcdXY>", "<abcdZ>", 5]);
    expect(cut(keepPromptStart(5), 7)).toEqual(["<abcdeX", "<abcdeZ", 6]);
    expect(cut(keepPromptEnd(5), 7)).toEqual(["<bcdefX", "<bcdefZ", 6]);
    expect(cut(dropTooLong, 10)).toEqual(["<abcdefXY>", "<abcdefZ>", 7]);
    expect(cut(dropTooLong, 9)).toBeNull();
    const items = [{ prompt: "abcdef", completion: "XY", chosen: "XY", rejected: "Z" }];
    const options = { maxLength: 9, truncate: dropTooLong };
    expect(toTextExamples(items, tokenizer, options)).toEqual([]);
    expect(toPreferencePairs(items, tokenizer, options)).toEqual([]);
    expect(() => cut(keepPromptStart(-1), 9)).toThrow(InvalidArgumentError);
  });

  it("adds no token that the tokenizer lacks or that is not wanted", () => {
    const bare = characterTokenizer({ beginToken: null, endToken: null });
    expect(read(tokenizeResponses("a", ["b"], bare, { maxLength: 9 }).sequences[0] ?? [])).toBe("ab");
    const options = { maxLength: 9, addBegin: false, addEnd: false };
    expect(read(tokenizeResponses("a", ["b"], tokenizer, options).sequences[0] ?? [])).toBe("ab");
  });

  it("counts a token across the seam as response, in every sequence", () => {
    const merging = mergingTokenizer();
    const result = tokenizeResponses("xa", ["bc", "d"], merging, { maxLength: 9 });
    expect(result.completionStart).toBe(2); // <, x; then "ab" is one token, and "a" is part of the other response
    expect(result.sequences.map((tokens) => tokens.length)).toEqual([5, 5]);
    expect(result.sequences.map((tokens) => merging.decode(tokens.slice(1, -1)))).toEqual(["xabc", "xad"]);
  });

  it("never exceeds the length, and shares the prompt", () => {
    const text = fc.string({ maxLength: 30, unit: fc.constantFrom("a", "b", "c") });
    const lengths = fc.tuple(fc.integer({ min: 2, max: 30 }), fc.nat({ max: 30 }));
    fc.assert(
      fc.property(text, text, text, lengths, (prompt, first, second, [maxLength, part]) => {
        const options = { maxLength, maxPromptLength: part % maxLength };
        const result = tokenizeResponses(prompt, [first, second], mergingTokenizer(), options);
        const [a = [], b = []] = result.sequences;
        expect(Math.max(a.length, b.length)).toBeLessThanOrEqual(maxLength);
        expect(a.slice(0, result.completionStart)).toEqual(b.slice(0, result.completionStart));
        expect(result.completionStart).toBeLessThan(Math.min(a.length, b.length)); // at least one response token
      }),
    );
  });

  it.each([{ maxLength: 1 }, { maxLength: 1.5 }, { maxLength: 4, maxPromptLength: 4 }])(
    "refuses %j",
    (options) => {
      expect(() => tokenizeResponses("a", ["b"], tokenizer, options)).toThrow(InvalidArgumentError);
    },
  );
});

describe("collation", () => {
  it("makes text examples that learn the completion, or a whole text", () => {
    const [whole, answer] = toTextExamples(
      [
        { prompt: "", completion: "abc", weight: 2 },
        { prompt: "ab", completion: "c" },
      ],
      tokenizer,
      { maxLength: 9 },
    );
    expect(whole).toEqual({ tokens: [1, 97, 98, 99, 2], completionStart: 0, weight: 2 });
    expect(answer).toEqual({ tokens: [1, 97, 98, 99, 2], completionStart: 3 });
  });

  it("makes preference pairs and rated texts with their soft labels", () => {
    const preference = {
      prompt: "a",
      chosen: "b",
      rejected: "c",
      probability: 0.8,
      margin: 0,
      weight: undefined,
    };
    expect(toPreferencePairs([preference], tokenizer, { maxLength: 9 })).toEqual([
      {
        preferred: [1, 97, 98, 2],
        rejected: [1, 97, 99, 2],
        completionStart: 2,
        probability: 0.8,
        margin: 0,
      },
    ]);
    expect(toRatedTexts([{ prompt: "a", response: "b", rating: -1 }], tokenizer, { maxLength: 9 })).toEqual([
      { tokens: [1, 97, 98, 2], rating: -1 },
    ]);
  });
});

describe("encodeStart", () => {
  it("equals the start of the whole encoding, also where tokens are long", () => {
    const unit = fc.constantFrom("a", "b", "ab", "😀");
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit }), fc.integer({ min: 1, max: 12 }), (text, count) => {
        const merging = mergingTokenizer();
        expect(encodeStart(merging, text, count)).toEqual(merging.encode(text).slice(0, count));
      }),
    );
    const words = { ...tokenizer, encode: (text: string) => text.split(" ").map((word) => word.length) };
    const long = `${"x".repeat(1000)} ${"y".repeat(10)} z`;
    expect(encodeStart(words, long, 3)).toEqual([1000, 10, 1]);
  });
});
