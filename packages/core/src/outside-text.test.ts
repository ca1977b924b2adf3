import { describe, expect, it } from "vitest";
import { AccordError, CheckpointError } from "./errors.ts";
import { parseJson, quoteOutside, shorten } from "./outside-text.ts";

const fail = (problem: string): never => {
  throw new CheckpointError({ path: "a.json", message: problem });
};

describe("parseJson", () => {
  it("gives what JSON.parse gives", () => {
    const text = '{"a":[1,{"b":"[[{\\"[{"}],"c":null}';
    expect(parseJson(text, fail)).toEqual(JSON.parse(text));
  });

  it.each(["[", '{"a":'])("names a text that nests %s a million levels deep", (open) => {
    expect(() => parseJson(open.repeat(1_000_000), fail)).toThrow(
      "a.json: it nests 1000000 levels deep, expected at most 100",
    );
  });

  it("counts no brackets inside texts, and takes just as many levels as it says", () => {
    expect(parseJson(JSON.stringify("[".repeat(1000)), fail)).toBe("[".repeat(1000));
    expect(parseJson("[[]]", fail, { maxDepth: 2 })).toEqual([[]]);
    expect(() => parseJson("[[]]", fail, { maxDepth: 1 })).toThrow("nests 2 levels deep");
  });

  it("names a text that is too long", () => {
    expect(() => parseJson('"abc"', fail, { maxLength: 4 })).toThrow("5 characters, expected at most 4");
  });

  it("says where JSON breaks, without control characters", () => {
    // V8 writes "Unexpected token '\u001b', "{"a": \u001b[2J}" is not valid JSON".
    expect(() => parseJson('{"a": \u001b[2J}', fail)).toThrow(/^a\.json: no valid JSON \([ -~]*\)$/);
  });
});

describe("quoteOutside", () => {
  it("quotes what a terminal would obey", () => {
    expect(quoteOutside("a\u001b[31m\u009b\u202e")).toBe('"a\\u001b[31m\\u009b\\u202e"');
  });

  it("cuts a text of 60 million characters", () => {
    expect(quoteOutside("x".repeat(60_000_000)).length).toBeLessThan(260);
  });

  it("takes what JSON can't hold", () => {
    let deep: unknown = [];
    for (let i = 0; i < 1_000_000; i++) deep = [deep];
    expect(quoteOutside(deep)).toBe("something (object) that JSON can't hold");
    expect(quoteOutside(undefined)).toBe("undefined");
  });
});

it("shorten keeps both ends", () => {
  // 3/4 of 8 = 6 from the start, 2 from the end, 10 − 8 = 2 are left out.
  expect(shorten("0123456789", 8)).toBe("012345… (2 more characters) …89");
});

it("an error's message has a bound, whatever a file put into it", () => {
  expect(new AccordError("x".repeat(60_000_000)).message.length).toBeLessThan(4200);
});
