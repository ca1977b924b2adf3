/** Text files made to harm, for tests: JSON lines, JSON, tables, and gzip of them. */
import { gzipSync } from "node:zlib";
import type { HostileFile } from "./test-hostile-parquet.ts";

const extensionsOfJson = ["jsonl", "json", "jsonl.gz"] as const;

const asJson = (name: string, make: () => string): HostileFile[] =>
  extensionsOfJson.map((extension) => ({
    name: `${name}.${extension}`,
    bytes: () => {
      const text = extension === "json" ? `[${make()}]` : `${make()}\n`;
      return extension.endsWith("gz") ? gzipSync(text) : Buffer.from(text);
    },
  }));

const depths = [99, 101, 1e4, 1e6].flatMap((depth) => [
  ...asJson(`arrays ${depth} deep`, () => "[".repeat(depth) + "]".repeat(depth)),
  ...asJson(`objects ${depth} deep`, () => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`),
  ...asJson(`arrays that stay open ${depth} deep`, () => "[".repeat(depth)),
]);

const sizes = [1e3, 2e5].flatMap((count) => [
  ...asJson(`${count} empty arrays`, () => `[${"[],".repeat(count)}0]`),
  ...asJson(`${count} keys`, () => `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join(",")}}`),
  ...asJson(`a number of ${count} digits`, () => `{"a":${"9".repeat(count)}}`),
  ...asJson(`a text of ${count} escapes`, () => `{"a":"${"\\u0000".repeat(count)}"}`),
  ...asJson(`a key of ${count} letters`, () => `{"${"k".repeat(count)}":1,"${"k".repeat(count)}":2}`),
  ...asJson(`${count} letters without quotes`, () => "x".repeat(count)),
]);

const manyValues: HostileFile[] = [
  { name: "5 million empty arrays.jsonl", bytes: () => Buffer.from(`[${"[],".repeat(5e6)}0]`) },
];

const table = (name: string, make: () => string | Uint8Array): HostileFile[] => [
  { name: `${name}.csv`, bytes: () => Buffer.from(make()) },
  { name: `${name}.csv.gz`, bytes: () => gzipSync(make()) },
];

const tables = [
  ...[1e4, 1e6].flatMap((count) => [
    ...table(`a header of ${count} separators`, () => `${",".repeat(count)}\n`),
    ...table(
      `a header of ${count} names`,
      () => `${Array.from({ length: count }, (_, i) => `c${i}`).join(",")}\n1\n`,
    ),
    ...table(`a row of ${count} separators`, () => `a,b\n${",".repeat(count)}\n`),
    ...table(`${count} quotes`, () => `a,b\n${'"'.repeat(count + 1)}`),
    ...table(`${count} empty lines`, () => "\n".repeat(count)),
  ]),
  ...[
    "a,a\n1,2\n",
    "__proto__,a\n1,2\n",
    ",,\n1,2,3\n",
    '"a\nb",c\n"1\n2"\n',
    "\u001b[2J,\u001b[2J\n1,2\n",
    '"',
    "\0\0\0\0",
  ].flatMap((text, i) => table(`odd table ${i}`, () => text)),
];

/** One byte, over and over: lines without end, a row without end, and arrays that stay open. */
const bombs: HostileFile[] = ["\n", "a", "["].flatMap((text) =>
  (text === "[" ? ["jsonl.gz", "json.gz"] : ["jsonl.gz", "json.gz", "txt.gz", "csv.gz"]).map((extension) => ({
    name: `18 MB of ${JSON.stringify(text)}.${extension}`,
    // Members of a gzip file may follow each other. A first line ends csv-parse's slow search for the end of lines.
    bytes: () =>
      Buffer.concat([gzipSync(text === "a" ? "a\n" : ""), ...Array(6).fill(gzipSync(text.repeat(3e6)))]),
  })),
);

const encodings: HostileFile[] = [
  [0xff, 0xfe],
  [0xfe, 0xff],
  [0xff, 0xfe, 0, 0],
  [0xff, 0xfe, 0x00, 0xd8],
  [0xef, 0xbb, 0xbf],
  [0xc3],
  [0x1f, 0x8b],
  [0x1f, 0x8b, 8, 0, 1],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x50, 0x4b, 3, 4],
  [0, 0x22],
  [0x22, 0],
].flatMap((bytes) =>
  ["jsonl", "json", "csv", "tsv", "txt.gz"].map((extension) => ({
    name: `bytes ${bytes.join(" ")}.${extension}`,
    bytes: () => Uint8Array.from(bytes),
  })),
);

export const hostileTexts: readonly HostileFile[] = [
  depths,
  sizes,
  manyValues,
  tables,
  bombs,
  encodings,
].flat();
