import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openRun } from "./open-run.ts";
import { createProfile, type ProfileRow, restName, type TraceEvent } from "./profile.ts";
import { formatProfile } from "./write-profile.ts";

const parent = mkdtempSync(join(tmpdir(), "accord-profile-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** A profile under a clock that stands where it is put. */
const withClock = () => {
  const clock = { ms: 100 };
  return { clock, profile: createProfile(() => clock.ms) };
};

const shares = (rows: readonly ProfileRow[]) => rows.reduce((sum, { share }) => sum + share, 0);
const durations = (events: readonly TraceEvent[]) => events.filter((event) => event.ph === "X");

describe("createProfile", () => {
  it("adds calls up by stage and function", () => {
    const { clock, profile } = withClock();
    const at = (ms: number) => {
      clock.ms = ms;
    };
    at(110);
    const endStage = profile.beginStage("sft");
    const endStep = profile.beginStep("sft 1");
    profile.onCall({ name: "gradients", kind: "trace", startMs: 112, durationMs: 20 });
    profile.onCall({ name: "gradients", kind: "run", startMs: 132, durationMs: 6 });
    profile.onCall({ name: "gradients", kind: "run", startMs: 140, durationMs: 4 });
    at(150);
    endStep();
    at(160);
    endStage();
    profile.onCall({ name: "score", kind: "run", startMs: 170, durationMs: 10 });
    at(200);
    const row = (stage: string, name: string, calls: number, ms: number, meanMs: number) => ({
      stage,
      function: name,
      calls,
      seconds: ms / 1000,
      meanMs,
      share: ms / 100,
    });
    // 100 ms in all, 50 of them in the stage, of which calls explain 30.
    expect(profile.table()).toEqual([
      row("sft", "gradients (recording)", 1, 20, 20),
      row("sft", "gradients", 2, 10, 5),
      row("sft", restName, 1, 20, 20),
      row("", "score", 1, 10, 10),
      row("", restName, 1, 40, 40),
    ]);
    const event = (cat: string, name: string, ts: number, dur: number, tid: number) => ({
      ph: "X",
      name,
      cat,
      ts,
      dur,
      pid: 1,
      tid,
    });
    expect(durations(profile.trace().traceEvents)).toEqual([
      event("trace", "gradients (recording)", 12_000, 20_000, 3),
      event("run", "gradients", 32_000, 6000, 3),
      event("run", "gradients", 40_000, 4000, 3),
      event("step", "sft 1", 10_000, 40_000, 2),
      event("stage", "sft", 10_000, 50_000, 1),
      event("run", "score", 70_000, 10_000, 3),
    ]);
  });

  it("has shares that add up while a stage is under way, and with no call at all", () => {
    const { clock, profile } = withClock();
    profile.beginStage("first")();
    clock.ms += 5;
    profile.beginStage("second");
    profile.onCall({ name: "f", kind: "run", startMs: 106, durationMs: 2 });
    clock.ms += 5;
    expect(shares(profile.table())).toBeCloseTo(1, 12);
    const rows = profile.table().map(({ stage, function: name, seconds }) => [stage, name, seconds]);
    expect(rows).toContainEqual(["second", restName, 0.003]);
    expect(rows).toContainEqual(["", restName, 0.005]);
  });

  it("prints a table", () => {
    const { clock, profile } = withClock();
    profile.onCall({ name: "score", kind: "run", startMs: 100, durationMs: 25 });
    clock.ms += 100;
    expect(formatProfile(profile.table()).split("\n")).toEqual([
      "stage           function         calls  seconds  mean ms  share %",
      "outside stages  score                1    0.025       25       25",
      "outside stages  everything else      1    0.075       75       75",
    ]);
  });
});

describe("a run with a profile", () => {
  it("writes a trace that parses and a table whose shares add up", async () => {
    const folder = join(parent, "run");
    let text = "";
    const output = {
      write: (part: string) => {
        text += part;
      },
    };
    const run = await openRun({ folder, options: {}, app: "test", profile: true, output });
    await run.stage("train", async (stage) =>
      stage.loop({
        steps: 3,
        body: async (index) => {
          const startMs = performance.now();
          run.profile?.onCall({ name: "gradients", kind: "run", startMs, durationMs: 0.01 });
          return { index };
        },
      }),
    );
    expect(shares(run.profile!.table())).toBeCloseTo(1, 9);
    run.close();
    const trace = JSON.parse(readFileSync(join(folder, "profile.json"), "utf8")) as {
      traceEvents: TraceEvent[];
    };
    expect(durations(trace.traceEvents).map(({ name }) => name)).toEqual([
      "gradients",
      "train 1",
      "gradients",
      "train 2",
      "gradients",
      "train 3",
      "train",
    ]);
    expect(trace.traceEvents.filter(({ ph }) => ph === "M")).toHaveLength(3);
    for (const event of durations(trace.traceEvents)) {
      if (event.ph === "X") expect(event.ts >= 0 && event.dur >= 0).toBe(true);
    }
    expect(text).toMatch(/train +gradients +3 +/);
    expect(text).toContain("profile.json (open it in ui.perfetto.dev)");
  });

  it("has none where it was not asked for", async () => {
    const run = await openRun({
      folder: join(parent, "plain"),
      options: {},
      app: "test",
      output: { write: () => {} },
    });
    expect(run.profile).toBeUndefined();
    run.close();
  });
});
