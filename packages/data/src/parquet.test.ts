import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import golden from "./__fixtures__/parquet.json" with { type: "json" };
import { readRecords, readRows, trl } from "./index.ts";
import { readThrift } from "./thrift.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, `${name}.parquet`);
  writeFileSync(path, bytes);
  return path;
};

describe.each(Object.entries(golden.inputs))("a file of pyarrow, %s", (name, content) => {
  const path = write(name, Buffer.from(content, "base64"));

  it("holds the rows that were written, with their numbers", async () => {
    const rows = await readRows(path);
    expect(rows.map(({ value }) => value)).toEqual(golden.outputs);
    expect(rows.map(({ place }) => place)).toEqual(golden.outputs.map((_, i) => `row ${i + 1}`));
  });

  it("gives conversations", async () => {
    const preferences = await readRecords(path, trl.preference);
    expect(preferences).toEqual(
      golden.outputs.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected })),
    );
  });
});

const sound = Buffer.from(golden.inputs.none, "base64");
const footerLength = sound.readUInt32LE(sound.length - 8);

const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(sound);
  change(bytes);
  return bytes;
};

describe("a file that is no sound parquet", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["empty", Buffer.of(), /not parquet \(is no parquet file: it has 0 bytes/],
    ["text", Buffer.from("prompt,chosen,rejected\na,b,c\n"), /does not end in "PAR1"/],
    ["cut", sound.subarray(0, sound.length - 100), /does not end in "PAR1"/],
    [
      "with an endless footer",
      changed((b) => b.writeUInt32LE(2 ** 31, b.length - 8)),
      /its footer has 2147483648 bytes/,
    ],
    [
      "with zeros for a footer",
      changed((b) => b.fill(0, b.length - 8 - footerLength, b.length - 8)),
      /not parquet/,
    ],
    ["with zeros for pages", changed((b) => b.fill(0, 4, 600)), /not parquet \(prompt.list.element.role: /],
    [
      "of differences of texts",
      Buffer.from(golden.refused, "base64"),
      /source: .*DELTA_BYTE_ARRAY\), which is not read/,
    ],
  ])("%s: a DataError that says why", async (name, bytes, message) => {
    const reading = readRows(write(`bad ${name}`, bytes));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(message);
  });

  it("is named where it is missing", async () => {
    await expect(readRows(join(folder, "absent.parquet"))).rejects.toThrow(
      /absent\.parquet: can't be read \(ENOENT/,
    );
  });

  it("is said to be of other rows, with the row's number", async () => {
    const reading = readRecords(write("other", sound), trl.unpairedPreference);
    await expect(reading).rejects.toThrow(/other\.parquet: row 1: .*"completion": Invalid input/);
  });
});

describe("readThrift", () => {
  it.each<[string, number[], RegExp]>([
    [
      "a list of two thousand million",
      [0x19, 0xf5, 0x80, 0xa8, 0xd6, 0xb9, 0x07],
      /claims 2000000000 bytes or items/,
    ],
    ["a text longer than the rest", [0x18, 0x05, 0x61, 0], /claims 5 bytes/],
    ["no end", [0x15, 0x02], /ends within a header/],
    ["endless depth", new Array(100).fill(0x1c), /nested more than 32 deep/],
    ["an endless number", [0x15, ...new Array(20).fill(0x80)], /more than ten bytes/],
    ["a type that there is not", [0x1f], /unknown type 15/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readThrift(Uint8Array.from(bytes))).toThrow(message);
  });

  it("reads a page's header", () => {
    // 1: i32 0, 2: i32 −3, 5: { 1: i32 300 }, then one byte that is not its own.
    const { value, end } = readThrift(Uint8Array.of(0x15, 0, 0x15, 5, 0x3c, 0x15, 0xd8, 0x04, 0, 0, 9));
    expect(value).toEqual(
      new Map<number, unknown>([
        [1, 0],
        [2, -3],
        [5, new Map([[1, 300]])],
      ]),
    );
    expect(end).toBe(10);
  });
});
