import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import type { Interrupt } from "./interrupt.ts";
import { createProgress } from "./progress.ts";
import { makeRow, type RunLogs } from "./run-logs.ts";
import { asJson } from "./run-state.ts";
import type { MetricRow, Output, Run, Stage, StageOptions } from "./run-types.ts";
import { createStage } from "./stage.ts";
import type { StageCheckpoints } from "./stage-checkpoints.ts";

export interface MemoryRunOptions {
  /** Seeds `run.random`. Default 1. */
  readonly seed?: number;
  /** Where progress and notes go, such as `process.stdout`. Default: nowhere. */
  readonly output?: Output;
}

const noInterrupt: Interrupt = { isRequested: async () => false, stop: () => {} };

const noCheckpoints: StageCheckpoints = {
  folder: "",
  latest: async () => undefined,
  restoreLoop: async () => undefined,
  saveLoop: async () => {},
  secureLoop: async () => {},
  saveFinal: async () => {},
  restoreFinal: async () => {},
  removeLoops: () => {},
};

const createMemoryLogs = (): RunLogs => {
  const rows: MetricRow[] = [];
  const samples: object[] = [];
  return {
    isMuted: false,
    offsets: () => ({ metrics: rows.length, samples: samples.length, events: 0 }),
    rewind: () => {},
    isEmpty: () => rows.length + samples.length === 0,
    flush: () => {},
    row: (place, stats, seconds) => void rows.push(makeRow(place, stats, seconds)),
    samples: (more) => void samples.push(...more),
    metricRows: () => [...rows],
    sampleRows: () => samples.map((sample) => asJson("sample", sample) as Record<string, unknown>),
    close: () => {},
  };
};

/**
 * A run without a folder: stages draw the same random numbers as in `openRun`, nothing is written, nothing can be resumed.
 * Its `path` and `writeSummary` throw an InvalidArgumentError.
 */
export const createMemoryRun = ({ seed = 1, output = { write: () => true } }: MemoryRunOptions = {}): Run => {
  const random = createRandom(seed);
  const logs = createMemoryLogs();
  const progress = createProgress(output);
  const seconds: Record<string, number> = {};
  const began = performance.now();
  const since = (start: number) => (performance.now() - start) / 1000;
  const refuse = (what: string): never => {
    const message = `${what}: this run is kept in memory and has no folder; openRun makes one that has`;
    throw new InvalidArgumentError({ argument: "run", value: undefined, message });
  };
  const stage = async <Result>(
    name: string,
    second: StageOptions | ((stage: Stage) => Promise<Result>),
    third?: (stage: Stage) => Promise<Result>,
  ): Promise<Result> => {
    const [{ parts = {} }, body] = typeof second === "function" ? [{}, second] : [second, third!];
    const start = performance.now();
    const made = createStage({
      ...{ name, random: random.fork(name), parts, logs, progress },
      ...{ interrupt: noInterrupt, checkpoints: noCheckpoints, seconds: () => since(start) },
    });
    const value = asJson(`the result of stage ${name}`, (await body(made.stage)) ?? null);
    progress.stop();
    seconds[name] = (seconds[name] ?? 0) + since(start);
    return value as Result;
  };
  return {
    folder: "",
    random,
    isResumed: false,
    stage,
    throwIfInterrupted: async () => {},
    path: (...names) => refuse(names.join("/")),
    note: progress.note,
    seconds: () => ({ total: since(began), ...seconds }),
    metrics: (of) => logs.metricRows().filter((row) => of === undefined || row.stage === of),
    samples: logs.sampleRows,
    writeSummary: async () => refuse("summary.json"),
    close: progress.stop,
    abandon: () => false,
  };
};
