import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccordError, InvalidArgumentError } from "@accord-rl/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { defineOptions } from "./define-options.ts";
import { runApp } from "./run-app.ts";
import type { Run } from "./run-types.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "accord-app-"));
});
afterEach(() => {
  process.exitCode = undefined;
  rmSync(parent, { recursive: true, force: true });
});

const options = defineOptions({
  name: "demo",
  description: "Shows how an app ends.",
  schema: z.object({ seed: z.number().int().default(1), rate: z.number().default(0.1) }),
  presets: { only: { description: "all", values: {} } },
  defaultPreset: "only",
});

const execute = async (argv: readonly string[], body: (run: Run) => Promise<void> = async () => {}) => {
  let out = "";
  let errors = "";
  const code = await runApp(options, (_, run) => body(run), {
    argv,
    output: { write: (text: string) => (out += text) },
    errorOutput: { write: (text: string) => (errors += text) },
  });
  return { code, out, errors };
};

test("--help and a clean end give 0", async () => {
  expect(await execute(["--help"])).toEqual({ code: 0, out: options.help(), errors: "" });
  const folder = join(parent, "a");
  expect(await execute(["--out", folder])).toEqual({
    code: 0,
    out: `demo: preset only, writing to ${folder}\n`,
    errors: "",
  });
});

test("an option that can't be used gives 2 and one line; nothing is created", async () => {
  expect(await execute(["--rte", "1"])).toEqual({
    code: 2,
    out: "",
    errors: "error: unknown option --rte; did you mean --rate? (--help lists all)\n",
  });
  const late = await execute(["--out", join(parent, "b")], async () => {
    throw new InvalidArgumentError({
      argument: "rate",
      value: 0.1,
      message: "ppo: rate is 0.1, expected less",
    });
  });
  expect(late).toMatchObject({ code: 2, errors: "error: ppo: rate is 0.1, expected less\n" });
});

test("a failure gives 1, one line, and how to go on", async () => {
  const folder = join(parent, "c");
  const failed = await execute(["--out", folder], async (run) => {
    await run.stage("first", async () => 1);
    throw new AccordError("the disk is full");
  });
  expect(failed.code).toBe(1);
  expect(failed.errors).toBe(`error: the disk is full\nTo go on: npm run demo -- --resume --out ${folder}\n`);
  const changed = await execute(["--resume", "--out", folder, "--rate", "0.2"]);
  expect(changed).toMatchObject({ code: 2, errors: expect.stringContaining("rate was 0.1, now 0.2") });
  const again = await execute(["--out", folder]);
  expect(again).toMatchObject({ code: 2, errors: expect.stringContaining("go on with it by --resume") });
  const resumed = await execute(["--resume", "--out", folder], async (run) => {
    expect(await run.stage("first", () => Promise.reject(new Error("ran again")))).toBe(1);
  });
  expect(resumed).toMatchObject({ code: 0, out: `demo: preset only, going on in ${folder}\n` });
});

test("a bug shows its stack", async () => {
  const failed = await execute(["--out", join(parent, "d")], async () => {
    throw new TypeError("x is not a function");
  });
  expect(failed.code).toBe(1);
  expect(failed.errors).toMatch(/^TypeError: x is not a function\n\s+at .*run-app\.test\.ts/);
});
