import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccordError, createRandom } from "@accord-rl/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countUp } from "./__fixtures__/counter.ts";
import { openRun } from "./open-run.ts";
import { encodeFileVersion } from "./tensorboard.ts";

const parent = mkdtempSync(join(tmpdir(), "accord-damage-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Runs or resumes the counter; `stopAt` is the moment at which it fails, "STAGE:STEP". @returns what it printed. */
const count = async (folder: string, { resume = false, stopAt = "" } = {}): Promise<string> => {
  let printed = "";
  const output = { write: (text: string) => (printed += text) };
  const run = await openRun({ folder, app: "counter", options: { steps: 7, every: 3 }, resume, output });
  const moment = (stage: string, step: number) => {
    if (stopAt === `${stage}:${step}`) throw new AccordError("stopped");
  };
  try {
    await countUp(run, { steps: 7, every: 3, moment });
  } finally {
    run.close();
  }
  return printed;
};

const lines = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { machine?: unknown });

/** What must not depend on what was damaged. */
const outcome = (folder: string) => ({
  metrics: lines(join(folder, "metrics.jsonl")).map(({ machine, ...rest }) => rest),
  samples: lines(join(folder, "samples.jsonl")),
  summary: readFileSync(join(folder, "summary.json"), "utf8"),
  config: readFileSync(join(folder, "config.yaml"), "utf8"),
  weights: readFileSync(join(folder, "checkpoints/main/final/tensors.safetensors")),
  events: statSync(join(folder, "tensorboard/events.out.tfevents.0000000001.accord-rl")).size,
});

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );

const whole = join(parent, "whole");
/** Stopped in the second loop of the second stage, after a checkpoint: it has every kind of file. */
const stopped = join(parent, "stopped");
beforeAll(async () => {
  await count(whole);
  await expect(count(stopped, { stopAt: "second:5" })).rejects.toThrow("stopped");
});

let copies = 0;
const damagedCopy = (name: string, change: (bytes: Buffer) => Buffer | undefined): string => {
  const folder = join(parent, `copy-${copies++}`);
  cpSync(stopped, folder, { recursive: true });
  const path = join(folder, name);
  const changed = change(readFileSync(path));
  if (changed === undefined) rmSync(path);
  else writeFileSync(path, changed);
  return folder;
};

const resumeFiles = [
  "run.json",
  "run.backup.json",
  "config.yaml",
  ...["warm-up/final", "warm-up/final.previous"],
  ...["main/1-first", "main/1-first.previous", "main/2-second"],
].flatMap((name) =>
  name.includes("/")
    ? ["manifest.json", "tensors.safetensors"].map((file) => `checkpoints/${name}/${file}`)
    : [name],
);

test("the stopped run has the files that are damaged below", () => {
  const found = filesOf(stopped).filter((name) => !/jsonl$|tfevents/.test(name));
  expect(found.sort()).toEqual([...resumeFiles].sort());
});

/** Files whose content a resume uses, rather than a second copy of it. */
const isUsed = (name: string) => !/previous|backup|config/.test(name);

test.each(resumeFiles)(
  "any flipped bit of %s: the run ends as an undisturbed one, and says so",
  async (name) => {
    const random = createRandom(5).fork(name);
    const flips = Number(process.env.ACCORD_FLIPS ?? 2);
    for (let i = 0; i < flips; i++) {
      const folder = damagedCopy(name, (bytes) => {
        bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8);
        return bytes;
      });
      const printed = await count(folder, { resume: true });
      if (isUsed(name)) expect(printed).toMatch(/note: .*damaged.*(going on from|using)/);
      expect(outcome(folder), `flip ${i}`).toEqual(outcome(whole));
      rmSync(folder, { recursive: true });
    }
  },
);

test.each(resumeFiles)("%s lost or cut: the run ends as an undisturbed one", async (name) => {
  for (const change of [() => undefined, (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)]) {
    const folder = damagedCopy(name, change);
    await count(folder, { resume: true });
    expect(outcome(folder)).toEqual(outcome(whole));
  }
});

test("a loop whose only checkpoint is damaged begins again from the loop before", async () => {
  const folder = damagedCopy("checkpoints/main/2-second/manifest.json", () => Buffer.from("{"));
  const printed = await count(folder, { resume: true });
  expect(printed).toContain("its manifest is not JSON); going on from what was saved before it");
  expect(outcome(folder)).toEqual(outcome(whole));
});

test("a stage whose copies are both damaged is named, with advice that works", async () => {
  const folder = join(parent, "both");
  cpSync(stopped, folder, { recursive: true });
  for (const version of ["1-first", "1-first.previous"])
    writeFileSync(join(folder, "checkpoints/main", version, "manifest.json"), "{");
  await expect(count(folder, { resume: true })).rejects.toThrow(/delete its stage's folder in checkpoints/);
  rmSync(join(folder, "checkpoints/main"), { recursive: true });
  await count(folder, { resume: true });
  expect(outcome(folder)).toEqual(outcome(whole));
});

test("both copies of run.json damaged, or of another release: refused", async () => {
  const folder = damagedCopy("run.json", () => Buffer.from("{"));
  writeFileSync(join(folder, "run.backup.json"), "");
  await expect(count(folder, { resume: true })).rejects.toThrow("run.json and run.backup.json don't match");
  writeFileSync(join(folder, "run.json"), '{"version":1,"stages":{}}');
  await expect(count(folder, { resume: true })).rejects.toThrow("has version 1, expected 2");
});

test.each<[string, (events: Buffer) => Buffer | undefined]>([
  ["lost", () => undefined],
  ["empty", () => Buffer.alloc(0)],
  ["cut", (events) => events.subarray(0, events.length >> 1)],
])("a TensorBoard file that is %s is written again from the metrics", async (_, change) => {
  const name = "tensorboard/events.out.tfevents.0000000001.accord-rl";
  const folder = damagedCopy(name, change);
  expect(await count(folder, { resume: true })).toContain("note: the TensorBoard file was lost or cut");
  expect(outcome(folder)).toEqual(outcome(whole));
  const record = readFileSync(join(folder, name)).subarray(encodeFileVersion(0).length);
  // Event.step is field 2 (tag 16): the first row has step 0, which protobuf leaves out; its tag is "warm-up/start".
  expect(record.includes("warm-up/start")).toBe(true);
});
