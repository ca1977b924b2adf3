import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError } from "@accord-rl/core";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { groupByPair, latestJudgements } from "./duplicates.ts";
import { accordFormat } from "./formats/accord.ts";
import type { JudgementFormat } from "./formats/format.ts";
import { hhFormat } from "./formats/hh.ts";
import { summarizeFormat } from "./formats/summarize.ts";
import { trlFormat } from "./formats/trl.ts";
import { type Judgement, type PairJudgement, swapJudgement } from "./judgement.ts";
import { formatJudgements, parseJudgements, readJudgements, writeJudgements } from "./judgement-files.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-judgements-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pair: PairJudgement = {
  id: "one",
  prompt: "Say hello.",
  responses: ["Hello!", "No."],
  choice: "first",
  worker: "ann",
  seconds: 3.5,
  time: "2026-01-02T03:04:05.000Z",
};
const rating: Judgement = { id: "two", prompt: "q", responses: ["r"], rating: 1, worker: "ben" };
const ranking: Judgement = {
  id: "three",
  prompt: "q",
  responses: ["a", "b", "c"],
  ranks: [2, 1, 2],
  worker: "ben",
};

const parse = (rows: readonly unknown[], format: JudgementFormat) =>
  parseJudgements(rows.map((row) => JSON.stringify(row)).join("\n"), "labels.jsonl", format);

describe("our own format", () => {
  it("keeps everything, through a file", async () => {
    const path = join(folder, "labels.jsonl");
    expect(await writeJudgements(path, [pair, rating, ranking])).toEqual({ omitted: 0 });
    expect(readJudgements(path)).toEqual([pair, rating, ranking]);
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(3);
  });

  it("keeps any text, control characters and half surrogates included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (prompt, response) => {
        const judgement = { ...pair, prompt, responses: [response, "x"] as const };
        expect(parseJudgements(formatJudgements([judgement]).text, "x")).toEqual([judgement]);
      }),
      { numRuns: 40 },
    );
  });

  it("names pairs without an id by their texts, and workers that are not named", () => {
    const row = { prompt: "q", responses: ["a", "b"], choice: "tie" };
    const [first, second, other] = parse([row, row, { ...row, prompt: "p" }], accordFormat) as [
      Judgement,
      Judgement,
      Judgement,
    ];
    expect(first.worker).toBe("unknown");
    expect(first.id).toBe(second.id);
    expect(first.id).not.toBe(other.id);
  });
});

describe("malformed files", () => {
  const good = JSON.stringify(pair);
  it.each([
    ["no JSON", "{", "not JSON"],
    ["a number", "7", "has none of choice, rating, ranks, expected one"],
    ["no answer", '{"responses":["a","b"]}', "has none of choice, rating, ranks, expected one"],
    ["two answers", '{"responses":["a"],"rating":1,"choice":"tie"}', "has choice and rating of choice"],
    ["one response too few", '{"responses":["a"],"choice":"tie"}', '"responses"'],
    ["an unknown choice", '{"responses":["a","b"],"choice":"left"}', '"choice"'],
    ["a rating in words", '{"responses":["a"],"rating":"good"}', '"rating"'],
    ["too few ranks", '{"responses":["a","b"],"ranks":[1]}', '"ranks": expected as many ranks as responses'],
    ["a rank of 0", '{"responses":["a","b"],"ranks":[0,1]}', '"ranks.0"'],
    ["a time that is none", '{"responses":["a","b"],"choice":"tie","time":"noon"}', '"time"'],
  ])("with %s: the line is named", (_, bad, reason) => {
    const path = join(folder, "bad.jsonl");
    writeFileSync(path, `${good}\n\n${bad}\n${good}\n`);
    expect(() => readJudgements(path)).toThrow(DataError);
    expect(() => readJudgements(path)).toThrow(`${path}:3: `);
    expect(() => readJudgements(path)).toThrow(reason);
  });

  it.each([
    [
      hhFormat,
      { chosen: "\n\nHuman: a\n\nAssistant: b", rejected: "\n\nHuman: c\n\nAssistant: d" },
      "not alike",
    ],
    [hhFormat, { chosen: "x" }, '"rejected"'],
    [trlFormat, { prompt: "x" }, "has the fields prompt, expected chosen and rejected"],
    [trlFormat, { prompt: "x", completion: "y", label: "yes" }, '"label"'],
    [summarizeFormat, { choice: 1 }, "neither summaries nor summary"],
    [
      summarizeFormat,
      { info: {}, summaries: [{ text: "a" }, { text: "b" }], choice: 0 },
      "neither post nor article",
    ],
    [
      summarizeFormat,
      { info: { post: "p" }, summaries: [{ text: "a" }, { text: "b" }], choice: 2 },
      '"choice"',
    ],
  ])("of other formats too: %#", (format, row, reason) => {
    expect(() => parse([row], format)).toThrow(DataError);
    expect(() => parse([row], format)).toThrow("labels.jsonl:1: ");
    expect(() => parse([row], format)).toThrow(reason);
  });

  it("says where a file is missing or no text", () => {
    expect(() => readJudgements(join(folder, "none"))).toThrow("can't be read");
    writeFileSync(join(folder, "binary"), Uint8Array.of(0xff, 0xfe, 0));
    expect(() => readJudgements(join(folder, "binary"))).toThrow("not UTF-8");
  });
});

describe("HH-RLHF", () => {
  const head = "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Help me.\n\nAssistant:";

  it("splits transcripts, and writes the same again", () => {
    const row = { chosen: `${head} Gladly.`, rejected: `${head} No.` };
    const judgements = parse([row], hhFormat);
    expect(judgements).toMatchObject([{ prompt: head, responses: [" Gladly.", " No."], choice: "first" }]);
    expect(JSON.parse(formatJudgements(judgements, hhFormat).text)).toEqual(row);
  });

  it("writes a plain prompt as a human turn, the better one as chosen, and omits ties", () => {
    const { text, omitted } = formatJudgements(
      [swapJudgement(pair), { ...pair, choice: "tie" }, rating],
      hhFormat,
    );
    const asked = "\n\nHuman: Say hello.\n\nAssistant:";
    expect(JSON.parse(text)).toEqual({ chosen: `${asked} Hello!`, rejected: `${asked} No.` });
    expect(omitted).toBe(2);
  });
});

describe("TRL, with parts that are not read", () => {
  const user = { role: "user", content: "Weather?" };
  const answer = (content: string, more: object = {}) => ({ role: "assistant", content, ...more });

  it.each<[string, object]>([
    [
      "tool_calls",
      { chosen: [user, answer("", { tool_calls: [{ id: "1" }] })], rejected: [user, answer("No.")] },
    ],
    [
      "reasoning_content",
      { prompt: [user], completion: [answer("a", { reasoning_content: "b" })], label: true },
    ],
    ["tools", { prompt: "a", chosen: "b", rejected: "c", tools: [{}] }],
    ["role", { prompt: [{ role: "tool", content: "8" }], chosen: "b", rejected: "c" }],
  ])("%s is named", (field, row) => {
    expect(() => parse([row], trlFormat)).toThrow(DataError);
    expect(() => parse([row], trlFormat)).toThrow(`${field}": `);
  });

  it("takes the prompt out of whole conversations where it stands beside them as text", () => {
    const row = { prompt: "Weather?", chosen: [user, answer("Rain.")], rejected: [user, answer("Sun.")] };
    expect(parse([row], trlFormat)).toMatchObject([
      { prompt: "\n\nHuman: Weather?\n\nAssistant:", responses: [" Rain.", " Sun."], choice: "first" },
    ]);
  });

  it("refuses JSON that is nested without end", () => {
    expect(() => parseJudgements("[".repeat(1e6), "x.jsonl")).toThrow(DataError);
  });
});

describe("TRL", () => {
  const user = (content: string) => ({ role: "user", content });
  const assistant = (content: string) => ({ role: "assistant", content });

  it.each([
    ["explicit", { prompt: "q", chosen: "a", rejected: "b" }, "q", ["a", "b"]],
    ["implicit", { chosen: "a", rejected: "b" }, "", ["a", "b"]],
    [
      "conversational",
      { prompt: [user("q")], chosen: [assistant("a")], rejected: [assistant("b")] },
      "\n\nHuman: q\n\nAssistant:",
      [" a", " b"],
    ],
    [
      "conversational, implicit",
      { chosen: [user("q"), assistant("a")], rejected: [user("q"), assistant("b")] },
      "\n\nHuman: q\n\nAssistant:",
      [" a", " b"],
    ],
  ])("preference, %s", (_, row, prompt, responses) => {
    expect(parse([row], trlFormat)).toMatchObject([{ prompt, responses, choice: "first" }]);
  });

  it("unpaired: a rating of 1 or 0, and back", () => {
    const rows = [true, false].map((label) => ({ prompt: "q", completion: "a", label }));
    const judgements = parse(rows, trlFormat);
    expect(judgements).toMatchObject([{ rating: 1 }, { rating: 0 }]);
    const { text } = formatJudgements(judgements, trlFormat);
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(rows);
  });

  it("writes chosen and rejected", () => {
    const { text } = formatJudgements([{ ...pair, choice: "second" }], trlFormat);
    expect(JSON.parse(text)).toEqual({ prompt: "Say hello.", chosen: "No.", rejected: "Hello!" });
  });
});

describe("summarize-from-feedback", () => {
  const row = {
    info: { id: "t3_x", post: "A long story.", title: "Help", subreddit: "advice" },
    split: "train",
    summaries: [
      { text: " One.", policy: "ref", note: "" },
      { text: " Two.", policy: "sup", note: "ok" },
    ],
    choice: 1,
    worker: "w7",
    extra: { confidence: 8 },
  };

  it("reads comparisons with their worker, and writes them so that they are read the same", () => {
    const judgements = parse([row], summarizeFormat);
    expect(judgements).toMatchObject([
      {
        prompt: "SUBREDDIT: r/advice\nTITLE: Help\nPOST: A long story.",
        responses: [" One.", " Two."],
        choice: "second",
        worker: "w7",
        confidence: 8,
      },
    ]);
    const { text, omitted } = formatJudgements([...judgements, { ...pair, choice: "tie" }], summarizeFormat);
    expect(parseJudgements(text, "x", summarizeFormat)).toEqual(judgements);
    expect(omitted).toBe(1);
  });

  it("reads axis evaluations as ratings, and articles without title", () => {
    const axes = { overall: 6, accuracy: 7 };
    const evaluation = { info: { article: "News." }, summary: { text: "Short.", axes }, worker: "w1" };
    const judgements = parse([evaluation], summarizeFormat);
    expect(judgements).toMatchObject([{ prompt: "News.", responses: ["Short."], rating: 6, worker: "w1" }]);
    const { text } = formatJudgements(judgements, summarizeFormat);
    expect(parseJudgements(text, "x", summarizeFormat)).toEqual(judgements);
  });
});

describe("duplicates", () => {
  const second: PairJudgement = { ...pair, choice: "second" };

  it("the last answer of a worker to a question counts, and the earlier one is reported", () => {
    const other = { ...pair, worker: "ben" };
    const asRating: Judgement = { id: "one", prompt: "q", responses: ["a"], rating: 1, worker: "ann" };
    const { judgements, replaced } = latestJudgements([pair, other, asRating, second]);
    expect(judgements).toEqual([other, asRating, second]);
    expect(replaced).toEqual([pair]);
  });

  it("turns judgements of the exchanged pair, and refuses one id for two pairs", () => {
    const turned = { ...swapJudgement(pair), worker: "ben" };
    const [group] = groupByPair([pair, turned]);
    expect(group?.judgements.map(({ choice }) => choice)).toEqual(["first", "first"]);
    const stranger = { ...pair, worker: "cem", responses: ["Hello!", "Else"] as const };
    expect(() => groupByPair([pair, stranger])).toThrow('the id "one" names two different pairs');
  });
});
