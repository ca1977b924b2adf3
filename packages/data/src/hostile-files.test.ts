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

const read = async (files: readonly HostileFile[], extensionOf: (name: string) => string) => {
  const folder = mkdtempSync(join(tmpdir(), "accord-hostile-"));
  try {
    for (const [index, { name, bytes }] of files.entries()) {
      writeFileSync(join(folder, `${index}.${extensionOf(name)}`), bytes());
    }
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
    return { outcomes: records as Outcome[], megabytes };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

it.each<[string, readonly HostileFile[], (name: string) => string]>([
  ["parquet", hostileParquet, () => "parquet"],
  ["text", hostileTexts, (name) => name.slice(name.indexOf(".", name.lastIndexOf(" ")) + 1)],
])(
  "some 200 hostile files of %s: rows or a DataError, in bounded memory",
  { timeout: 600_000 },
  async (_, files, extensionOf) => {
    expect(files.length).toBeGreaterThan(190);
    const { outcomes, megabytes } = await read(files, extensionOf);
    expect(outcomes).toHaveLength(files.length);
    expect(outcomes.filter(({ isNamed }) => !isNamed)).toEqual([]);
    expect(megabytes).toBeLessThan(1024);
  },
);
