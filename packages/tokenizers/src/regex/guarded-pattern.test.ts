import { createRandom } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { GuardedPattern, guardPattern } from "./guarded-pattern.ts";
import { isKnownPattern } from "./known-patterns.ts";
import { compilePattern, type Program } from "./program.ts";
import { Search } from "./search.ts";

const fail = (problem: string): never => {
  throw new Error(problem);
};
const guard = (source: string) => guardPattern(new RegExp(source, "gu"), fail, "xx") as GuardedPattern;

/** Patterns that JavaScript's own engine takes in short texts, as the reference. */
const sources = [
  "a*b|a",
  "(?:a|ab)(?:c|bcd)*",
  "(?:ab?)+?c",
  "a{2,3}b?|[^a]",
  "(?<=a)b+|(?<!b)c",
  "(?=ab)a|b(?!c)",
  "(?:(?:a|b)+c)+",
  "(?<=(?:a|b)+)c+?",
  "^a|b$|🙂+",
  "[a-c]{0,2}d?",
  "(?=(?:ab|c)*d)[a-d]",
  "(?<![^a])[bc]+",
  "\\p{L}+?(?=d)| ?[^\\p{L} ]+",
  "a??b*?c",
];

describe("a guarded pattern finds what JavaScript's own engine finds", () => {
  it.each(sources)("%s", (source) => {
    const random = createRandom(5);
    const alphabet = ["a", "b", "c", "d", " ", "🙂", "é"];
    const [native, guarded] = [new RegExp(source, "gu"), guard(source)];
    expect(guarded).toBeInstanceOf(GuardedPattern);
    for (let i = 0; i < 300; i++) {
      const text = Array.from({ length: random.integer(14) }, () => alphabet[random.integer(7)]).join("");
      expect(text.match(guarded as unknown as RegExp), text).toEqual(text.match(native) ?? []);
      expect(text.replaceAll(guarded as unknown as RegExp, "x$$")).toBe(text.replaceAll(native, "x$$"));
      const places = Array.from(text.matchAll(guarded as unknown as RegExp), ({ index }) => index);
      expect(places).toEqual(Array.from(text.matchAll(native), ({ index }) => index));
    }
  });
});

/** Characters that a search for all matches looks at. */
const workOf = (source: string, text: string): number => {
  let count = 0;
  const program = compilePattern(source);
  const steps = program.steps.map((step) =>
    step.type === "character" ? { ...step, test: (code: number) => ++count > 0 && step.test(code) } : step,
  );
  const search = new Search({ ...program, steps } satisfies Program, text);
  for (let at = 0; at <= text.length; ) {
    const range = search.find(at);
    if (range === undefined) break;
    at = Math.max(range.end, range.start + 1);
  }
  return count;
};

describe("the work grows with the text and no faster", () => {
  it.each([
    "(?:a|aa)*b",
    "a*a*a*a*a*a*b",
    "(?:(?:a+)+)+b",
    "a*b|a",
    "(?<=(?:a|aa)*)b|a",
    "(?=(?:a|aa)*b)a|a",
    "(?!a*b)a",
    "(?:.*a){5}b",
  ])("%s", (source) => {
    const [short, long] = [1000, 4000].map((length) => workOf(source, "a".repeat(length))) as [
      number,
      number,
    ];
    expect(long).toBeLessThan(4.1 * short);
  });
});

describe("what can't be bounded is refused", () => {
  it.each([
    { source: "(a)\\1", message: "Backreference" },
    { source: "(?:a*)*", message: "repeats without end what can be empty" },
    { source: "(?:a{1,100}){1,100}", message: "more than 5000 parts" },
    { source: `${"(?:".repeat(200)}a${")".repeat(200)}`, message: "nests more than 100 deep" },
  ])("$message", ({ source, message }) => {
    expect(() => guard(source)).toThrow(message);
  });
  it("as is a replacement that makes texts much longer", () => {
    const text = "a".repeat(10_000);
    expect(() => text.replaceAll(guard("a") as unknown as RegExp, "123456")).toThrow(
      "more than 41024 characters",
    );
    expect(text.replaceAll(guard("a") as unknown as RegExp, "1234")).toBe("1234".repeat(10_000));
  });
});

describe("patterns run in JavaScript's own engine only where they are known", () => {
  it.each(["a", " ", "\\p{N}", "\\p{N}{1,3}", "[\\r\\n]".replaceAll("\\", ""), "[^ ]* |[^ ]+", "[一-龥]+"])(
    "%s is",
    (source) => {
      expect(isKnownPattern(source)).toBe(true);
    },
  );
  it.each(["a*", "a+b", "a?", "(?:a|b)+", "[a]*", "a{0,3}", "a|b", ".+x", "[[a]]+"])("%s isn't", (source) => {
    expect(isKnownPattern(source)).toBe(false);
  });
});
