import { copyFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { streamRows } from "@accord-rl/data";
import type { FuzzTarget } from "../target.ts";

const records = Array.from({ length: 20 }, (_, i) => ({
  prompt: `Question ${i}, "quoted"\nüber zwei Zeilen`,
  chosen: [{ role: "assistant", content: `Yes 😀 ${i}` }],
  score: i / 7,
  id: Number.MAX_SAFE_INTEGER - i,
}));
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const table = ["prompt,score,", ...records.map(({ prompt, score }) => `${quoted(prompt)},${score},`)];

/** Pieces of a file, decoders and gzip's window, which do not grow with the file. */
const readerBytes = 2 ** 22;

/** A format as text, as gzip, and in UTF-16. */
const ofText = (extension: string, text: string): FuzzTarget => ({
  // A Buffer's slice() would share memory with the seed.
  seeds: async () =>
    [Buffer.from(text), gzipSync(text), Buffer.from(`\uFEFF${text}`, "utf16le")].map(
      (bytes) => new Uint8Array(bytes),
    ),
  read: async (path, declare) => {
    const named = `${path}.${extension}`;
    await copyFile(path, named);
    declare(readerBytes);
    for await (const { value } of streamRows(named)) declare(4 * JSON.stringify(value).length);
  },
});

export const csv = ofText("csv", table.join("\r\n"));
export const json = ofText("json", JSON.stringify(records, undefined, 1));
export const jsonLines = ofText("jsonl", records.map((record) => `${JSON.stringify(record)}\n`).join(""));
