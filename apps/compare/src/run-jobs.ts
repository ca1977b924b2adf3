import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { formatNumber, type Run, type Stage } from "@accord-rl/runs";
import { type Job, jobName, preparation } from "./job.ts";
import { readResult } from "./results.ts";
import { startWorker, type Worker } from "./start-worker.ts";

export interface Failure {
  readonly job: Job;
  readonly message: string;
}

/** How often the workers are looked at, ms. */
const interval = 200;

const isDone = ({ folder }: Job): boolean => existsSync(join(folder, "summary.json"));

/** What a run says when it is done. */
const describe = (job: Job): string => {
  if (job.algorithm === preparation) return `seed ${job.seed}: prepared`;
  const { finalReturn, steps, seconds } = readResult(job)!;
  return `${jobName(job)}: final return ${formatNumber(finalReturn)} after ${steps} steps in ${formatNumber(seconds)} s`;
};

/**
 * Runs jobs in processes of their own, some at a time and in order; those of earlier processes that are done stay as
 * they are. One that fails leaves the others alone, but those that go out from it.
 *
 * @throws RunInterruptedError after Ctrl-C, when all workers have saved and ended.
 */
export const runJobs = async (
  jobs: readonly Job[],
  { run, stage, atOnce }: { readonly run: Run; readonly stage: Stage; readonly atOnce: number },
): Promise<Failure[]> => {
  const waiting = jobs.filter((job) => !isDone(job));
  const failures: Failure[] = [];
  const working = new Set<Worker>();
  const endings: Promise<void>[] = [];

  const fail = (job: Job, message: string) => {
    failures.push({ job, message });
    run.note(`${jobName(job)} failed: ${message}`);
  };
  const start = (job: Job) => {
    const worker = startWorker(job, atOnce);
    working.add(worker);
    endings.push(
      worker.ended.then((failure) => {
        working.delete(worker);
        if (failure !== undefined) fail(job, failure);
        else run.note(describe(job));
      }),
    );
  };
  const isReady = ({ prepared }: Job) => prepared === undefined || existsSync(join(prepared, "summary.json"));
  const hasLost = ({ prepared }: Job) => failures.some(({ job }) => job.folder === prepared);
  const next = (): void => {
    for (const job of waiting.filter(hasLost)) fail(job, "its preparation failed");
    waiting.splice(0, waiting.length, ...waiting.filter((job) => !hasLost(job)));
    while (working.size < atOnce) {
      const index = waiting.findIndex(isReady);
      if (index < 0) return;
      start(waiting.splice(index, 1)[0]!);
    }
  };

  try {
    for (next(); working.size + waiting.length > 0; next()) {
      const shown = [...working].map(({ job, progress }) => [
        `${jobName(job)} %`,
        Math.round(100 * progress()),
      ]);
      const done = jobs.length - waiting.length - working.size;
      await stage.progress(Math.min(done, jobs.length - 1), jobs.length, Object.fromEntries(shown));
      await wait(interval);
    }
  } catch (error) {
    for (const worker of working) worker.interrupt();
    await Promise.all(endings);
    throw error;
  }
  await Promise.all(endings);
  return failures;
};
