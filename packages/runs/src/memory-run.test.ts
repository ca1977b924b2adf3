import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError, NonFiniteError } from "@accord-rl/core";
import { expect, test } from "vitest";
import { createMemoryRun } from "./memory-run.ts";
import { openRun } from "./open-run.ts";
import type { Run } from "./run-types.ts";

const work = async (run: Run) => {
  const result = await run.stage("draw", async (stage) => {
    const before = stage.random.uniform();
    await stage.loop({
      steps: 3,
      body: (_, { random }) => {
        stage.samples([{ drawn: random.fork("sample").uniform() }]);
        return { draw: random.uniform() };
      },
    });
    return { before };
  });
  const metrics = run.metrics("draw").map(({ machine, ...row }) => row);
  return { result, metrics, samples: run.samples(), own: run.random.fork("own").uniform() };
};

test("stages draw, measure and return what they do in a run with a folder", async () => {
  const parent = mkdtempSync(join(tmpdir(), "accord-memory-"));
  const output = { write: () => true };
  const opened = await openRun({ folder: join(parent, "run"), app: "test", options: {}, seed: 7, output });
  try {
    const inMemory = await work(createMemoryRun({ seed: 7 }));
    expect(inMemory).toEqual(await work(opened));
    expect(inMemory.metrics).toHaveLength(3);
  } finally {
    opened.close();
    rmSync(parent, { recursive: true });
  }
});

test("one stage may run again, and time is counted", async () => {
  const run = createMemoryRun();
  for (let i = 0; i < 2; i++) await run.stage("again", async () => undefined);
  const { total = -1, again = -1 } = run.seconds();
  expect(again).toBeGreaterThanOrEqual(0);
  expect(total).toBeGreaterThanOrEqual(again);
});

test("what needs a folder is refused, and what is no number", async () => {
  const run = createMemoryRun();
  expect(() => run.path("report.html")).toThrow(InvalidArgumentError);
  await expect(run.writeSummary({})).rejects.toThrow("openRun makes one that has");
  const broken = run.stage("loss", (stage) => stage.loop({ steps: 1, body: () => ({ loss: Number.NaN }) }));
  await expect(broken).rejects.toThrow(NonFiniteError);
});
