/** One run, in a process of its own: `start-worker.ts` starts it with its job as the argument. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createCompile, startBackend, stopBackend } from "@accord-rl/backend";
import { AccordError, InvalidArgumentError } from "@accord-rl/core";
import {
  openRun,
  type Run,
  RunInterruptedError,
  type RunOptions,
  type Stage,
  type StageOptions,
} from "@accord-rl/runs";
import { type Job, type Message, preparation } from "./job.ts";
import { tasks } from "./tasks/index.ts";

/** A worker whose parent was killed ends with its current step; the same run waits for that so long at most. */
const longestWait = 60_000;

/** Steps of a run below which what XLA saves is less than the seconds that it compiles for. */
const worthXla = 20_000;

const tell = (message: Message): void => {
  if (process.connected) process.send?.(message);
};

/** A run whose loops say how far they are. */
const telling = (run: Run): Run => {
  const watch = (stage: Stage): Stage => ({
    ...stage,
    loop: (loop) =>
      stage.loop({
        ...loop,
        body: async (index, step) => {
          const stats = await loop.body(index, step);
          tell({ kind: "progress", stage: stage.name, done: index + 1, total: loop.steps });
          return stats;
        },
      }),
  });
  const stage = <Result>(name: string, settings: StageOptions, body: (stage: Stage) => Promise<Result>) =>
    run.stage(name, settings, (inner) => body(watch(inner)));
  return { ...run, stage: stage as Run["stage"] };
};

const openWhenFree = async (options: RunOptions): Promise<Run> => {
  for (const began = performance.now(); ; await wait(250)) {
    try {
      return await openRun(options);
    } catch (error) {
      const isHeld = InvalidArgumentError.isInstance(error) && String(error.value).endsWith("lock");
      if (!isHeld || performance.now() - began > longestWait) throw error;
    }
  }
};

const work = async (job: Job): Promise<void> => {
  const { folder, seed, algorithm, options } = job;
  const task = tasks[options.task];
  const { hasSmallNetworks = false } = task;
  const { name: backend } = await startBackend({
    backend: options.backend,
    ...(hasSmallNetworks && { tensorflow: { intraOpThreads: 1 } }),
  });
  const run = await openWhenFree({
    folder,
    seed,
    app: "compare-run",
    options: { algorithm, seed, ...options },
    resume: true,
    mayDiffer: ["backend"],
    output: { write: (text) => appendFileSync(join(folder, "output.log"), text) },
  });
  try {
    const xla = hasSmallNetworks && (options.steps ?? Number.POSITIVE_INFINITY) >= worthXla;
    const context = { job, run: telling(run), backend, compile: createCompile({ xla }) };
    if (algorithm === preparation) await task.prepare?.(context);
    await run.writeSummary(algorithm === preparation ? {} : await task.train(context));
  } finally {
    run.close();
  }
};

// Without its parent nobody would look at the result; what was saved is gone on with by --resume.
const abandon = () => process.exit(1);
process.on("disconnect", abandon);
try {
  await work(JSON.parse(process.argv[2] ?? "") as Job);
} catch (error) {
  const message = error instanceof Error && !AccordError.isInstance(error) ? error.stack : undefined;
  tell({ kind: "failed", message: message ?? (error as Error).message });
  process.exitCode = RunInterruptedError.isInstance(error) ? 130 : 1;
}
process.off("disconnect", abandon);
stopBackend();
if (process.connected) process.disconnect();
