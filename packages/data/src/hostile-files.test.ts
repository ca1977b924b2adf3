import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "@accord-rl/testing";
import { expect, it } from "vitest";
import { type HostileFile, hostileParquet } from "./test-hostile-parquet.ts";
import { hostileTexts } from "./test-hostile-text.ts";

const script = join(import.meta.dirname, "test-read-hostile.ts");
const nodeOptions = ["--max-old-space-size=700", "--import", "tsx", "--conditions=@accord-rl/source"];

interface Outcome {
  readonly name: string;
  readonly isNamed: boolean;
  readonly milliseconds: number;
  readonly outcome: string;
}

/** Well-formed rows of 2 MB: what this machine takes for them is the measure for the others. */
const honest = `${JSON.stringify({ text: "word ".repeat(20) })}\n`.repeat(20_000);
/** Processor time that a hostile file may take, in times of the honest one. */
const mostTimes = 40;

const read = async (files: readonly HostileFile[], extensionOf: (name: string) => string) => {
  const folder = mkdtempSync(join(tmpdir(), "accord-hostile-"));
  try {
    for (const [index, { name, bytes }] of files.entries()) {
      writeFileSync(join(folder, `${index}.${extensionOf(name)}`), bytes());
    }
    writeFileSync(join(folder, "honest.jsonl"), honest);
    const env = { ...process.env, NODE_OPTIONS: "" };
    const { code, output, errors } = await runProcess(process.execPath, [...nodeOptions, script, folder], {
      cwd: join(import.meta.dirname, ".."),
      env,
    });
    const lines = output.trim().split("\n");
    expect({ code, errors, last: lines.at(-1) }).toEqual({
      code: 0,
      errors: "",
      last: expect.stringContaining("megabytes"),
    });
    const records = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as unknown);
    const { megabytes } = records.pop() as { megabytes: number };
    const all = records as Outcome[];
    const outcomes = all.filter(({ name }) => name !== "honest.jsonl");
    const yardstick = all.find(({ name }) => name === "honest.jsonl")?.milliseconds ?? 0;
    return { outcomes, megabytes, yardstick };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

it.each<[string, number, readonly HostileFile[], (name: string) => string]>([
  ["parquet", 190, hostileParquet, () => "parquet"],
  ["text", 150, hostileTexts, (name) => name.slice(name.indexOf(".", name.lastIndexOf(" ")) + 1)],
])(
  "hostile files of %s, more than %i: rows or a DataError, in bounded memory and time",
  { timeout: 600_000 },
  async (_, atLeast, files, extensionOf) => {
    expect(files.length).toBeGreaterThan(atLeast);
    const { outcomes, megabytes, yardstick } = await read(files, extensionOf);
    expect(outcomes).toHaveLength(files.length);
    expect(outcomes.filter(({ isNamed }) => !isNamed)).toEqual([]);
    expect(outcomes.filter(({ milliseconds }) => milliseconds > mostTimes * yardstick)).toEqual([]);
    expect(megabytes).toBeLessThan(1024);
  },
);
