import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
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
  schema: z.object({
    seed: z.number().int().default(1),
    rate: z.number().default(0.1),
    data: z.string().optional(),
    profile: z.boolean().default(false),
  }),
  inputs: ["data"],
  mayDiffer: ["profile"],
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

test("a failed start leaves no folder, and offers no resume", async () => {
  const folder = join(parent, "runs", "e");
  const failed = await execute(["--out", folder], async () => {
    throw new AccordError("no such model");
  });
  expect(failed).toMatchObject({ code: 1, errors: "error: no such model\n" });
  expect(readdirSync(parent)).toEqual([]);
});

test("a profile that can't be written hides no error, and the folder is free", async () => {
  const folder = join(parent, "f");
  const failed = await execute(["--out", folder, "--profile"], async (run) => {
    await run.stage("first", async () => {});
    mkdirSync(run.path("profile.json"));
    throw new AccordError("the disk is full");
  });
  expect(failed).toMatchObject({ code: 1, out: expect.stringContaining("no profile: EISDIR") });
  expect(failed.errors).toContain("error: the disk is full\n");
  expect(existsSync(join(folder, "lock"))).toBe(false);
  const fine = await execute(["--resume", "--out", folder, "--profile"]);
  expect(fine.code).toBe(0);
});

test("a resume takes the options from run.json, and mends a config.yaml that was changed or lost", async () => {
  const folder = join(parent, "g");
  const config = join(folder, "config.yaml");
  await execute(["--out", folder, "--rate", "0.3"], async (run) => run.stage("first", async () => {}));
  const text = readFileSync(config, "utf8");
  for (const change of [() => writeFileSync(config, text.replace("0.3", "0.7")), () => rmSync(config)]) {
    change();
    expect(await execute(["--resume", "--out", folder])).toMatchObject({ code: 0, errors: "" });
    expect(readFileSync(config, "utf8")).toBe(text);
  }
});

test("data that changed since the start are refused", async () => {
  const folder = join(parent, "h");
  const data = join(parent, "data.txt");
  writeFileSync(data, "one");
  await execute(["--out", folder, "--data", data], async (run) => run.stage("first", async () => {}));
  writeFileSync(data, "two");
  const { code, errors } = await execute(["--resume", "--out", folder]);
  expect(code).toBe(1);
  expect(errors).toMatch(/^error: .*data\.txt: has changed .* or start a new run with another --out\n$/);
});

test("a bug shows its stack", async () => {
  const failed = await execute(["--out", join(parent, "d")], async () => {
    throw new TypeError("x is not a function");
  });
  expect(failed.code).toBe(1);
  expect(failed.errors).toMatch(/^TypeError: x is not a function\n\s+at .*run-app\.test\.ts/);
});
