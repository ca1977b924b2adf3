import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DataError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import type { ZodType } from "zod";
import { readPreferences, readRatings, readRecords, readRows, trl } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-found-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, contents: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
};
const values = async (name: string, contents: string | Uint8Array) =>
  (await readRows(write(name, contents))).map(({ value }) => value);

const utf16 = (text: string, isBig = false) => {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return isBig ? bytes.swap16() : bytes;
};

describe("files as people have them", () => {
  const rows = [{ a: "1" }, { a: "ü\n😀" }];
  const lines = '{"a":"1"}\r\n\r\n{"a":"ü\\n😀"}\r\n';
  const table = 'a\r\n1\r\n\r\n"ü\n😀"\r\n';

  it.each<[string, string | Uint8Array]>([
    ["lines.jsonl", lines],
    ["lines.ndjson", lines],
    ["lines in.json", lines],
    ["array.json", JSON.stringify(rows, undefined, 2)],
    ["mark.json", `\uFEFF${JSON.stringify(rows)}`],
    ["packed.jsonl.gz", gzipSync(lines)],
    ["packed.JSON.GZ", gzipSync(lines)],
    ["packed.csv.gz", gzipSync(table)],
    ["packed without saying so.csv", gzipSync(table)],
    ["members.jsonl.gz", Buffer.concat([gzipSync('{"a":"1"}\n'), gzipSync('{"a":"ü\\n😀"}')])],
    ["windows.csv", utf16(table)],
    ["big.csv", utf16(table, true)],
    ["windows.jsonl", utf16(lines)],
    ["no mark.jsonl", utf16(lines).subarray(2)],
    ["table.csv", table],
  ])("reads %s", async (name, contents) => {
    expect(await values(name, contents)).toEqual(rows);
  });

  it("counts the blank lines in front of JSON lines", async () => {
    expect((await readRows(write("blank.json", '\n\n{"a":1}\n'))).map(({ line }) => line)).toEqual([3]);
  });

  it("keeps whole numbers apart that JavaScript would make one, and others as they are", async () => {
    // 2⁵³ = 9007199254740992; the next number that a double holds is two more.
    const text =
      '{"id":12345678901234567891,"s":"12345678901234567891","f":[9007199254740991,-9007199254740993,1.2345678901234567890,12345678901234567890e2]}';
    const [value] = await values("ids.jsonl", text);
    expect(value).toEqual({
      id: "12345678901234567891",
      s: "12345678901234567891",
      f: [9007199254740991, "-9007199254740993", 1.2345678901234567, Number("1234567890123456789e3")],
    });
    expect(await values("ids.json", `[${text}]`)).toEqual([value]);
  });

  it("keeps columns without names", async () => {
    expect(await values("index.csv", ",prompt,\n0,a,x\n")).toEqual([
      { "": "0", prompt: "a", "column 3": "x" },
    ]);
  });

  it.each<[string, string | Uint8Array, string]>([
    ["dup.csv", "prompt,chosen,chosen,rejected\na,b,c,d\n", 'dup.csv:1: has two columns named "chosen"'],
    ["dup.jsonl", '{"a":1}\n{"a":{"b":"\\"b\\":","b":2}}', 'dup.jsonl:2: it has "b" twice in one object'],
    ["comma.jsonl", '{"a":1},\n{"a":2}', "ends with a comma"],
    [
      "comma.json",
      '[{"a":1},]',
      "item 2: not JSON (Unexpected end of JSON input; a comma stands in front of nothing",
    ],
    ["python.jsonl", "{'a': 1}", "it looks like Python's own notation"],
    ["nan.jsonl", '{"a": NaN}', "NaN and Infinity are no JSON"],
    ["array.jsonl", '[\n{"a":1}\n]', "or is one array and named .json"],
    ["number.jsonl", '{"id":0123456789012345678901}', "not JSON"],
    ["cut.jsonl.gz", gzipSync("x".repeat(9999)).subarray(0, 30), "not gzip, or cut"],
    [
      "zstd.jsonl",
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0),
      "is packed as zstd, which is not read; unpack it first",
    ],
    ["sheet.csv", Uint8Array.of(0x50, 0x4b, 3, 4, 0), "spreadsheets of .xlsx"],
    ["utf-32.txt", Uint8Array.of(0xff, 0xfe, 0, 0, 0x41, 0, 0, 0), "is UTF-32 text"],
    ["odd.txt", Uint8Array.of(0xff, 0xfe, 0x41), "is not UTF-16LE text"],
    ["a.parquet.gz", "", "parquet is packed within"],
    ["a.xlsx.gz", "", 'has the extension ".xlsx.gz"'],
  ])("%s: says what is wrong", async (name, contents, message) => {
    const reading = readRows(write(name, contents));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(message);
  });
});

const user = { role: "user", content: "Weather?" };
const assistant = { role: "assistant", content: "Rain." };
const read = (row: unknown, schema: ZodType<unknown> = trl.languageModeling) =>
  readRecords(write("row.jsonl", JSON.stringify(row)), schema);

describe("parts of a conversation that would vanish", () => {
  const call = { type: "function", function: { name: "weather", arguments: {} } };
  it.each<[string, object]>([
    ["tool_calls", { ...assistant, content: "", tool_calls: [call] }],
    ["tool_calls", { role: "assistant", content: null, tool_calls: [call] }],
    ["function_call", { ...assistant, function_call: { name: "f" } }],
    ["tool_call_id", { role: "tool", content: "8 °C", tool_call_id: "1" }],
    ["role", { role: "tool", content: "8 °C" }],
    ["role", { role: "developer", content: "Be short." }],
    ["role", { from: "gpt", value: "Rain." }],
    ["reasoning_content", { ...assistant, reasoning_content: "Clouds." }],
    ["thinking", { ...assistant, thinking: "Clouds." }],
    ["name", { ...assistant, name: "bot" }],
    ["weight", { ...assistant, weight: 0 }],
    ["audio", { ...assistant, audio: { id: "a" } }],
    [
      "content",
      {
        ...user,
        content: [
          { type: "text", text: "a" },
          { type: "image_url", image_url: {} },
        ],
      },
    ],
  ])("%s is named", async (field, message) => {
    const reading = read({ messages: [user, message] });
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(`row.jsonl:1: "messages.1.${field}": `);
  });

  it.each<[string, object]>([
    ["tools", { messages: [user, assistant], tools: [call] }],
    ["images", { messages: [user, assistant], images: ["a.png"] }],
    ["system", { system: "Be short.", prompt: "a", chosen: "b", rejected: "c" }],
    ["question", { question: "a", chosen: "b", rejected: "c" }],
  ])("a column %s is named", async (field, row) => {
    const schema = "messages" in row ? trl.languageModeling : trl.preference;
    await expect(read(row, schema)).rejects.toThrow(`row.jsonl:1: "${field}": is not read`);
    if ("chosen" in row) {
      const path = write("row.jsonl", JSON.stringify(row));
      await expect(readPreferences(path)).rejects.toThrow(`"${field}": is not read`);
    }
  });

  it("empty ones, ids and times do not matter, and parts of text are one text", async () => {
    const messages = [
      {
        ...user,
        name: null,
        id: 7,
        timestamp: "t",
        images: [],
        content: [
          { type: "text", text: "Wea" },
          { type: "text", text: "ther?" },
        ],
      },
      { ...assistant, tool_calls: [], function_call: null, weight: 1, refusal: null },
    ];
    expect(await read({ messages, tools: null, system: "" })).toEqual([[user, assistant]]);
  });

  it("a prompt beside a whole text is refused", async () => {
    const path = write("rating.jsonl", '{"prompt":"a","text":"b","rating":1}');
    await expect(readRatings(path)).rejects.toThrow(DataError);
  });
});

describe("a prompt as text, with whole conversations (UltraFeedback)", () => {
  const answer = (content: string) => ({ role: "assistant" as const, content });
  const row = {
    prompt: "Weather?",
    chosen: [user, answer("Rain.")],
    rejected: [user, answer("Sun.")],
    score_chosen: 8,
  };

  // TRL's extract_prompt drops the text and takes the turns that both conversations begin with.
  it("takes the prompt out of the conversations", async () => {
    expect(await read(row, trl.preference)).toEqual([
      { prompt: [user], chosen: [answer("Rain.")], rejected: [answer("Sun.")] },
    ]);
  });

  it("leaves a prompt that is a conversation as it is", async () => {
    const explicit = { prompt: [user], chosen: [answer("Rain.")], rejected: [answer("Sun.")] };
    expect(await read(explicit, trl.preference)).toEqual([explicit]);
  });
});
