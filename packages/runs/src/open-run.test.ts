import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import {
  AccordError,
  CheckpointError,
  InvalidArgumentError,
  NonFiniteError,
  type Stateful,
} from "@accord-rl/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RunInterruptedError } from "./interrupt.ts";
import { openRun } from "./open-run.ts";
import type { Run, RunOptions } from "./run-types.ts";

let parent: string;
let opened: Run[] = [];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "accord-runs-"));
});
afterEach(() => {
  for (const run of opened) run.close();
  opened = [];
  rmSync(parent, { recursive: true, force: true });
});

const open = async (changes: Partial<RunOptions> = {}): Promise<Run> => {
  const output = { write: () => true };
  const run = await openRun({
    folder: join(parent, "run"),
    app: "test",
    options: { rate: 0.1 },
    output,
    ...changes,
  });
  opened.push(run);
  return run;
};

/** As names of temporary files have it. */
const hostHash = () => createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** Ends this process's hold on the folder, as if it had died. */
const reopen = (changes: Partial<RunOptions> = {}): Promise<Run> => {
  opened.pop()?.close();
  return open({ resume: true, ...changes });
};

const part = (initial: number): Stateful & { value: number } => ({
  value: initial,
  async state() {
    return { tensors: {}, json: this.value };
  },
  restore({ json }) {
    this.value = json as number;
  },
});

/** Five steps, a checkpoint every two; fails in the given one. */
const train = (run: Run, weights = part(0), failAt = Number.POSITIVE_INFINITY) =>
  run.stage("train", { parts: { weights } }, async (stage) => {
    await stage.loop({
      steps: 5,
      every: 2,
      body: (index) => {
        weights.value += 1;
        if (index + 1 === failAt) throw new AccordError("told to fail");
        return { loss: 1 / (index + 1) };
      },
    });
    return { weights: weights.value };
  });

test("a finished stage is skipped: its result comes back and its parts are restored", async () => {
  expect(await train(await open())).toEqual({ weights: 5 });
  const weights = part(0);
  const run = await reopen();
  expect(run.isResumed).toBe(true);
  const never = () => Promise.reject(new Error("the body ran again"));
  expect(await run.stage("train", { parts: { weights } }, never)).toEqual({ weights: 5 });
  expect(weights.value).toBe(5);
  expect(readdirSync(run.path("checkpoints", "train"))).toEqual(["final", "final.previous"]);
});

test("a failed step keeps the checkpoint before it, and metrics are cut back to it", async () => {
  const run = await open();
  await expect(train(run, part(0), 4)).rejects.toThrow("told to fail");
  expect(run.metrics("train").map(({ step }) => step)).toEqual([1, 2, 3]);
  appendFileSync(run.path("metrics.jsonl"), '{"torn":');
  const resumed = await reopen();
  expect(await train(resumed)).toEqual({ weights: 5 });
  expect(resumed.metrics().map(({ step, metrics }) => [step, metrics.loss])).toEqual([
    [1, 1],
    [2, 1 / 2],
    [3, 1 / 3],
    [4, 1 / 4],
    [5, 1 / 5],
  ]);
});

test("metrics that were shortened by hand are refused", async () => {
  const run = await open();
  await expect(train(run, part(0), 4)).rejects.toThrow("told to fail");
  truncateSync(run.path("metrics.jsonl"), 10);
  await expect(train(await reopen())).rejects.toThrow(
    /metrics\.jsonl: has 10 bytes, but the last checkpoint saw/,
  );
});

test("NaN stops the run with its name and step", async () => {
  const run = await open();
  const body = (index: number) => ({ loss: index === 1 ? Number.NaN : 1 });
  const stage = run.stage("train", (stage) => stage.loop({ steps: 3, body }));
  await expect(stage).rejects.toThrow(NonFiniteError);
  await expect(stage).rejects.toThrow("train: loss is NaN at step 2");
  expect(run.metrics()).toHaveLength(1);
});

test("a result that JSON can't hold is refused rather than changed", async () => {
  const run = await open();
  const result = run.stage("evaluate", async () => ({ scores: { gold: Number.NaN } }));
  await expect(result).rejects.toThrow("the result of stage evaluate.scores.gold is NaN");
  await expect(run.stage("evaluate", async () => 1)).rejects.toThrow(
    'stage "evaluate": the name is used twice',
  );
  await expect(run.stage("a/b", async () => 1)).rejects.toThrow("must be letters");
});

describe("a loop refuses", () => {
  test.each([
    ["a name that is used twice", { names: ["loop", "loop"] }, "two loops are called loop"],
    ["steps that are no count", { steps: 1.5 }, "steps is 1.5, expected a positive integer"],
    ["every = 0", { every: 0 }, "every is 0, expected a positive integer"],
  ])(
    "%s",
    async (_, {
      names = ["loop"],
      steps = 1,
      every = 1,
    }: { names?: string[]; steps?: number; every?: number }, message) => {
      const run = await open();
      const stage = run.stage("train", async (stage) => {
        for (const name of names) await stage.loop({ name, steps, every, body: () => ({}) });
      });
      await expect(stage).rejects.toThrow(message);
    },
  );

  test("a part whose name is taken", async () => {
    const run = await open();
    const stage = run.stage("train", { parts: { weights: part(0) } }, (stage) =>
      stage.loop({ steps: 1, parts: { weights: part(1) }, body: () => ({}) }),
    );
    await expect(stage).rejects.toThrow("the loop's part weights has the name of one of the stage's parts");
  });
});

test("an app whose loops have changed since is told so", async () => {
  await expect(train(await open(), part(0), 4)).rejects.toThrow("told to fail");
  const changed = (await reopen()).stage("train", async () => 1);
  await expect(changed).rejects.toThrow("the saved loop was not reached again");
  const renamed = (await reopen()).stage("train", { parts: { other: part(0) } }, (stage) =>
    stage.loop({ steps: 5, body: () => ({}) }),
  );
  await expect(renamed).rejects.toThrow(CheckpointError);
});

test("random streams depend on the seed and the names alone", async () => {
  const draw = async (run: Run) => {
    const draws: number[] = [];
    await run.stage("train", async (stage) => {
      draws.push(stage.random.uniform());
      await stage.loop({
        steps: 2,
        body: (_, { random }) => {
          draws.push(random.uniform());
          return {};
        },
      });
    });
    return draws;
  };
  const first = await draw(await open({ seed: 3 }));
  expect(new Set(first).size).toBe(3);
  expect(await draw(await open({ seed: 3, folder: join(parent, "b") }))).toEqual(first);
  expect(await draw(await open({ seed: 4, folder: join(parent, "c") }))).not.toEqual(first);
});

test.each(["SIGTERM", "SIGHUP"] as const)("%s ends a loop at the next step, saved", async (signal) => {
  const run = await open();
  const weights = part(0);
  const stage = run.stage("train", { parts: { weights } }, (stage) =>
    stage.loop({
      steps: 5,
      body: (index) => {
        weights.value += 1;
        if (index === 2) process.emit(signal);
        return {};
      },
    }),
  );
  await expect(stage).rejects.toThrow(RunInterruptedError);
  await expect(stage).rejects.toThrow("interrupted in stage train, saved at step 3");
  expect(await train(await reopen())).toEqual({ weights: 5 });
});

describe("the folder", () => {
  test("must be empty, or the run's own with the same options", async () => {
    const run = await open();
    expect(readFileSync(run.path("config.yaml"), "utf8")).toContain("rate: 0.1");
    await expect(open()).rejects.toThrow(/process \d+ .* is writing this run/);
    run.close();
    opened = [];
    await expect(open()).rejects.toThrow("is not empty");
    await expect(open({ resume: true, app: "other" })).rejects.toThrow("holds a run of test, not of other");
    await expect(open({ resume: true, options: { rate: 0.2 } })).rejects.toThrow("rate was 0.1, now 0.2");
    const notes: string[] = [];
    const output = { write: (text: string) => notes.push(text) };
    await open({ resume: true, options: { rate: 0.2 }, mayDiffer: ["rate"], output });
    expect(notes.join("")).toContain("note: rate was 0.1, now 0.2");
  });

  test("is free again when the process that held it is gone", async () => {
    const run = await open();
    run.close();
    opened = [];
    // No process has an id beyond the largest one that a kernel gives.
    const dead = { pid: 2 ** 30, host: (await import("node:os")).hostname() };
    writeFileSync(join(run.folder, "lock"), JSON.stringify(dead));
    await open({ resume: true });
    expect(readFileSync(join(run.folder, "lock"), "utf8")).toContain(`"pid":${process.pid},`);
  });

  test("is not taken from a process on another machine, which can't be looked up", async () => {
    const run = await open();
    run.close();
    opened = [];
    writeFileSync(join(run.folder, "lock"), JSON.stringify({ pid: 1, host: "elsewhere" }));
    await expect(open({ resume: true })).rejects.toThrow('process 1 on "elsewhere" is writing this run');
  });

  test("a damaged run.json is said to be damaged", async () => {
    const run = await open();
    for (const name of ["run.json", "run.backup.json"]) writeFileSync(run.path(name), '{"version": 2,');
    await expect(reopen()).rejects.toThrow("run.json: is damaged");
  });

  test("a state that can't be read is no state that is not there, and no damage", async () => {
    const run = await open();
    opened.pop()?.close();
    rmSync(run.path("run.json"));
    mkdirSync(run.path("run.json"));
    await expect(open({ resume: true })).rejects.toThrow(/run\.json: can't be read \(EISDIR/);
  });

  test("is as it was when a start fails, and free", async () => {
    const folder = join(parent, "a", "b");
    const run = await open({ folder });
    expect(run.abandon()).toBe(false);
    expect(readdirSync(parent)).toEqual([]);
    mkdirSync(folder, { recursive: true });
    const again = await open({ folder });
    await expect(again.stage("train", () => Promise.reject(new AccordError("no data")))).rejects.toThrow();
    expect(again.abandon()).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, "notes.txt"), "");
    await expect(open({ folder })).rejects.toThrow("is not empty");
    expect(readdirSync(folder)).toEqual(["notes.txt"]);
  });

  test("stays where anything was saved before the failure", async () => {
    const run = await open();
    await expect(train(run, part(0), 4)).rejects.toThrow("told to fail");
    expect(run.abandon()).toBe(true);
    expect(await train(await open({ resume: true }))).toEqual({ weights: 5 });
  });

  test("refuses data that changed under the same path", async () => {
    const data = join(parent, "data.json");
    writeFileSync(data, "[1]");
    const inputs = { data };
    await open({ inputs });
    writeFileSync(data, "[2]");
    await expect(reopen({ inputs })).rejects.toThrow(
      /data\.json: has changed \(sha256 .* since this run was started/,
    );
    writeFileSync(data, "[1]");
    expect((await open({ inputs, resume: true })).isResumed).toBe(true);
  });

  test("holds no file of a process that was killed while it wrote", async () => {
    const run = await open();
    const left = join(run.folder, `run.json.${2 ** 30}-${hostHash()}-00000000-0.saving`);
    writeFileSync(left, "half");
    await reopen();
    expect(existsSync(left)).toBe(false);
  });

  test("an unusable path is an error, not a crash", async () => {
    writeFileSync(join(parent, "file"), "");
    await expect(open({ folder: join(parent, "file", "run") })).rejects.toThrow(AccordError);
  });
});

test("seconds add up over resumes, and summary.json is written whole", async () => {
  const run = await open();
  await train(run);
  const before = run.seconds();
  const resumed = await reopen();
  await train(resumed);
  await resumed.stage("evaluate", async () => null);
  const after = resumed.seconds();
  expect(after.train).toBeCloseTo(before.train!, 1);
  expect(Object.keys(after)).toEqual(["total", "train", "evaluate"]);
  expect(after.total).toBeGreaterThan(after.train!);
  await resumed.writeSummary({ gold: 0.5, nothing: undefined });
  expect(JSON.parse(readFileSync(resumed.path("summary.json"), "utf8"))).toEqual({ gold: 0.5 });
  await expect(resumed.writeSummary({ gold: Number.NaN })).rejects.toThrow(InvalidArgumentError);
  expect(existsSync(resumed.path("summary.json"))).toBe(true);
});
