import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showSafely, widthOf, wrapText } from "./safe-text.ts";

describe("showSafely", () => {
  it.each([
    ["colours", "\u001b[31mred\u001b[0m", "␛[31mred␛[0m"],
    ["a window title", "\u001b]0;x\u0007", "␛]0;x␇"],
    ["the eight-bit escape", "\u009b2J", "⟨U+009B⟩2J"],
    ["delete and bell", "\u007f\b", "␡␈"],
    ["a turned writing direction", "a\u202eb", "a⟨U+202E⟩b"],
    ["invisible letters", "a\u200bb\u{e0041}", "a⟨U+200B⟩b⟨U+E0041⟩"],
    ["half a surrogate", "\ud800x", "⟨U+D800⟩x"],
    ["other line ends", "a\r\nb\rc\u2028d", "a\nb\nc⟨U+2028⟩d"],
    ["tabs", "a\tb", "a    b"],
  ])("shows %s", (_, text, expected) => {
    expect(showSafely(text)).toBe(expected);
  });

  it("leaves letters, emoji families and combining marks alone", () => {
    for (const text of ["Grüße", "漢字", "👩‍👩‍👧", "e\u0301", "שלום"]) expect(showSafely(text)).toBe(text);
  });

  it("lets no control character through but line ends, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(showSafely(text)).not.toMatch(/[^\P{Cc}\n]|\p{Cs}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe("wrapText", () => {
  it("makes no line wider than the terminal, and loses nothing but spaces", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 20, max: 80 }), (text, columns) => {
        const safe = showSafely(text);
        const wrapped = wrapText(safe, columns);
        for (const line of wrapped.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(wrapped.replace(/\s/g, "").normalize()).toBe(safe.replace(/\s/g, "").normalize());
      }),
    );
  });

  it("counts wide characters double", () => {
    expect(wrapText("漢".repeat(12), 20)).toBe(`${"漢".repeat(10)}\n${"漢".repeat(2)}`);
  });
});
