import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import {
  readPreferences,
  readPrompts,
  readRatings,
  readRows,
  readTexts,
  readTranscriptPreferences,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, contents: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
};

describe("readPrompts", () => {
  it.each([
    ["a.txt", "\uFEFFOne\r\n\r\n  Two\n"],
    ["a.jsonl", '"One"\n{"prompt":"  Two"}\n'],
    ["a.json", '[{"text":"One"},"  Two"]'],
    ["a.csv", 'n,prompt\n1,One\n2,"  Two"\n'],
    ["a.TSV", "prompt\tn\nOne\t1\n  Two\t2\n"],
  ])("reads %s", async (name, contents) => {
    expect(await readPrompts(write(name, contents))).toEqual(["One", "  Two"]);
  });
});

describe("readTexts", () => {
  it("takes texts, and prompts with completions", async () => {
    const path = write("texts.jsonl", '"a"\n{"text":"b","weight":2}\n{"prompt":"c","completion":"d"}');
    expect(await readTexts(path)).toEqual([
      { prompt: "", completion: "a" },
      { prompt: "", completion: "b", weight: 2 },
      { prompt: "c", completion: "d" },
    ]);
  });
});

describe("readPreferences", () => {
  it("takes TRL's plain format, with or without prompt, and soft labels", async () => {
    const path = write(
      "pairs.jsonl",
      '{"prompt":"The sky is","chosen":" blue.","rejected":" green.","id":7}\n{"chosen":"a","rejected":"b","probability":0.75,"margin":-1}',
    );
    expect(await readPreferences(path)).toEqual([
      { prompt: "The sky is", chosen: " blue.", rejected: " green." },
      { prompt: "", chosen: "a", rejected: "b", probability: 0.75, margin: -1 },
    ]);
  });

  it("takes numbers from tables, where an empty cell is none", async () => {
    const path = write("pairs.csv", 'chosen,rejected,margin,weight\n"a, ""b""",c,0.5,\nd,e,,2\n');
    expect(await readPreferences(path)).toEqual([
      { prompt: "", chosen: 'a, "b"', rejected: "c", margin: 0.5 },
      { prompt: "", chosen: "d", rejected: "e", weight: 2 },
    ]);
  });
});

describe("readRatings", () => {
  it("takes texts, and responses to prompts", async () => {
    const path = write(
      "ratings.json",
      '[{"text":"a","rating":-1},{"prompt":"b","response":"c","rating":2.5}]',
    );
    expect(await readRatings(path)).toEqual([
      { prompt: "", response: "a", rating: -1 },
      { prompt: "b", response: "c", rating: 2.5 },
    ]);
  });
});

describe("readTranscriptPreferences", () => {
  const transcript = (answer: string) =>
    `\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Bye\n\nAssistant:${answer}`;

  it("splits at the assistant's last turn", async () => {
    const row = { chosen: transcript(" Good bye!"), rejected: transcript(" No.") };
    expect(await readTranscriptPreferences(write("hh.jsonl", JSON.stringify(row)))).toEqual([
      { prompt: transcript(""), chosen: " Good bye!", rejected: " No." },
    ]);
  });

  it.each([
    [transcript(" a"), transcript(" b").replace("Hi", "Ho")],
    ["no turns", "no turns"],
    [transcript(" a"), transcript(" b\n\nHuman: c\n\nAssistant: d")],
  ])("refuses transcripts that differ before it", async (chosen, rejected) => {
    const path = write("bad-hh.jsonl", JSON.stringify({ chosen, rejected }));
    await expect(readTranscriptPreferences(path)).rejects.toThrow(
      "bad-hh.jsonl:1: the transcripts are not alike",
    );
  });
});

describe("bad input", () => {
  it.each<
    [problem: string, name: string, contents: string | Uint8Array, read: (path: string) => Promise<unknown>]
  >([
    ["bad.jsonl:3: not JSON", "bad.jsonl", '{"text":"a"}\n\n{"text":', readTexts],
    [
      'bad.jsonl:2: "rejected": Invalid input',
      "bad.jsonl",
      '{"chosen":"a","rejected":"b"}\n{"chosen":"a"}',
      readPreferences,
    ],
    [
      'bad.jsonl:1: "probability": Too big',
      "bad.jsonl",
      '{"chosen":"a","rejected":"b","probability":2}',
      readPreferences,
    ],
    ["bad.jsonl:1: ", "bad.jsonl", '{"chosen":"","rejected":"b"}', readPreferences],
    ["bad.json: item 2: ", "bad.json", '[{"text":"a","rating":1},{"text":"b","rating":"high"}]', readRatings],
    ["bad.json: not JSON", "bad.json", "[1,", readRows],
    ["; a file of JSON has one record per line, or is one array", "bad.json", '{\n"a": 1\n}', readRows],
    ["bad.csv:3: not a table", "bad.csv", "a,b\n1,2\n1,2,3\n", readRows],
    ["empty.txt: is empty", "empty.txt", "", readRows],
    ["empty.json: is empty", "empty.json", "", readRows],
    ["empty.csv: is empty", "empty.csv", "a,b\n", readRows],
    ["blank.jsonl: is empty", "blank.jsonl", " \n\n", readRows],
    ["latin.txt: is not UTF-8", "latin.txt", Uint8Array.of(0x67, 0x72, 0xfc, 0xdf), readRows],
    ['table.xlsx: has the extension ".xlsx", expected one of .txt', "table.xlsx", "a", readRows],
  ])("names the place: %s", async (problem, name, contents, read) => {
    const reading = read(write(name, contents));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(problem);
  });

  it("says when the file is missing", async () => {
    await expect(readRows(join(folder, "absent.txt"))).rejects.toThrow(/absent\.txt: can't be read \(ENOENT/);
  });
});
