import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import {
  cleanText,
  excerptOf,
  keepSecret,
  redactJson,
  redactSecrets,
  safeJson,
  showSafely,
} from "./index.ts";

afterEach(() => {
  delete process.env.TEST_API_KEY;
});

describe("showSafely", () => {
  it.each([
    ["colours", "\u001b[31mred\u001b[0m", "␛[31mred␛[0m"],
    ["a link", "\u001b]8;;http://x\u001b\\", "␛]8;;http://x␛\\"],
    ["a window title", "\u001b]0;x\u0007", "␛]0;x␇"],
    ["the eight-bit escape", "\u009b2J", "⟨U+009B⟩2J"],
    ["delete and bell", "\u007f\b", "␡␈"],
    ["a turned writing direction", "a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"],
    ["half a surrogate", "\ud800x\udc00", "⟨U+D800⟩x⟨U+DC00⟩"],
    ["other line ends", "a\r\nb\rc\u2028d", "a\nb\nc⟨U+2028⟩d"],
    ["line ends and tabs", "a\n\tb", "a\n\tb"],
  ])("shows %s", (_, text, expected) => {
    expect(showSafely(text)).toBe(expected);
  });

  it("leaves letters, emoji families, joiners and combining marks alone", () => {
    for (const text of ["Grüße", "漢字", "👩‍👩‍👧", "e\u0301", "שלום", "می\u200cخواهم"])
      expect(showSafely(text)).toBe(text);
  });

  it("lets no control character through but line ends and tabs, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(showSafely(text)).not.toMatch(
          /[^\P{Cc}\n\t]|\p{Cs}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
        );
      }),
    );
  });
});

describe("redactSecrets", () => {
  it("hides what it was told, in every form in which it may come back", () => {
    keepSecret("abc+12345\nsecond/line");
    for (const form of [
      "abc+12345\nsecond/line",
      "abc+12345\\nsecond/line",
      "abc%2B12345%0Asecond%2Fline",
      "second/line",
    ])
      expect(redactSecrets(`got ${form}!`)).toBe("got ***!");
    expect(redactSecrets(`Basic ${btoa("abc+12345\nsecond/line")}`)).toBe("Basic ***");
  });

  it("hides keys of the environment, and credentials in URLs", () => {
    process.env.TEST_API_KEY = "key-of-a-test";
    expect(redactSecrets("401: key-of-a-test is wrong")).toBe("401: *** is wrong");
    expect(redactSecrets("http://me:p@ss:word@host:8/x?y and https://host/a@b")).toBe(
      "http://***@host:8/x?y and https://host/a@b",
    );
  });

  it("leaves placeholders alone", () => {
    keepSecret("EMPTY");
    keepSecret(undefined);
    expect(redactSecrets("EMPTY")).toBe("EMPTY");
  });

  it("takes linear time", () => {
    const text = "://aaaa:".repeat(200_000);
    expect(redactSecrets(text)).toBe(text);
  });
});

describe("what is printed and written", () => {
  it("cleans a text of both", () => {
    keepSecret("a-kept-secret");
    expect(cleanText("\u001b[2Ja-kept-secret")).toBe("␛[2J***");
  });

  it("shortens a text only after it was cleaned: no piece of a secret is left at the cut", () => {
    keepSecret("0123456789".repeat(3));
    expect(excerptOf(`key: ${"0123456789".repeat(3)}`, 20)).toBe("key: ***");
    expect(excerptOf("a\n\n b\u0007", 20)).toBe("a b␇");
    expect(excerptOf("x".repeat(5000), 3)).toBe("xxx…");
  });

  it("writes JSON that can't steer a terminal and gives the same text back", () => {
    keepSecret("a-kept-secret");
    const value = { "k\u009b": ["\u202e\u001b\ud800\u{e0041}a‍b", 1, null, { x: true }] };
    const text = safeJson(value);
    expect(text).not.toMatch(/[^\P{Cc}]|\p{Cs}|\u202e|\u{e0041}/u);
    expect(JSON.parse(text)).toEqual(value);
    expect(redactJson({ a: ["x a-kept-secret"] })).toEqual({ a: ["x ***"] });
    expect(safeJson({ a: "a-kept-secret" }, 2)).toBe('{\n  "a": "***"\n}');
  });
});
