import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "@accord-rl/testing";
import { afterAll, describe, expect, it, vi } from "vitest";
import large from "./__fixtures__/parquet-large.json" with { type: "json" };

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "accord-large-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the old generation. What node and tsx need themselves is some 20 of it. */
const heapMegabytes = 48;
const rows = 4000;

/** 80 MB: as text it can't be in the heap at once. */
const writeLarge = (
  name: string,
  before: string,
  rowOf: (index: number) => string,
  between: string,
  after = "",
) => {
  const path = join(folder, name);
  const file = openSync(path, "w");
  writeSync(file, before);
  for (let i = 0; i < rows; i++) writeSync(file, `${i > 0 ? between : ""}${rowOf(i)}`);
  writeSync(file, after);
  closeSync(file);
  expect(statSync(path).size).toBeGreaterThan(1.5 * heapMegabytes * 2 ** 20);
  return path;
};

const text = (index: number) => `${index} ${"It was a dark night. ".repeat(950)}`;
const json = (index: number) => JSON.stringify({ text: text(index) });

const files: [name: string, create: () => string][] = [
  ["a.txt", () => writeLarge("a.txt", "", text, "\n")],
  ["a.jsonl", () => writeLarge("a.jsonl", "", json, "\n")],
  ["a.json", () => writeLarge("a.json", "[", json, ",\n", "]")],
  ["a.csv", () => writeLarge("a.csv", "text,n\n", (i) => `"${text(i)}",${i}`, "\n")],
  [
    "a.parquet",
    () => {
      const path = join(folder, "a.parquet");
      writeFileSync(path, Buffer.from(large.inputs, "base64"));
      const { groups, rows: each, characters } = large.outputs;
      expect(groups * each).toBe(rows);
      expect(groups * each * characters).toBeGreaterThan(1.5 * heapMegabytes * 2 ** 20);
      return path;
    },
  ],
];

const count = (way: "stream" | "read", path: string) =>
  runProcess(
    process.execPath,
    [
      `--max-old-space-size=${heapMegabytes}`,
      "--import",
      "tsx",
      "--conditions=@accord-rl/source",
      join(import.meta.dirname, "test-count-rows.ts"),
      way,
      path,
    ],
    { cwd: join(import.meta.dirname, ".."), env: { ...process.env, NODE_OPTIONS: "" } },
  );

describe(`with a heap of ${heapMegabytes} MB`, () => {
  it.each(files)("streams %s, which is larger", async (_, create) => {
    const path = create();
    const { code, output, errors } = await count("stream", path);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(JSON.parse(output)).toMatchObject({ rows });
    rmSync(path);
  });

  it("can't hold such a file at once: the bound is one", async () => {
    const path = writeLarge("whole.jsonl", "", json, "\n");
    expect((await count("read", path)).code).not.toBe(0);
  });
});
