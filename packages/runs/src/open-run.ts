import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createRandom, InvalidArgumentError, safeJson } from "@accord-rl/core";
import { writeFileAtomic } from "@accord-rl/files";
import { displayPath } from "./folders.ts";
import { RunInterruptedError, watchInterrupt } from "./interrupt.ts";
import { createProfile } from "./profile.ts";
import { createProgress } from "./progress.ts";
import { openRunFolder } from "./run-folder.ts";
import { openRunLogs } from "./run-logs.ts";
import { asJson, type StageRecord, writeRunState } from "./run-state.ts";
import type { Run, RunOptions, Stage, StageOptions } from "./run-types.ts";
import { createStage } from "./stage.ts";
import { createStageCheckpoints } from "./stage-checkpoints.ts";
import { writeProfile } from "./write-profile.ts";

const checkName = (name: string, used: ReadonlySet<string>): void => {
  const problem = /^[\w-]+$/.test(name)
    ? used.has(name)
      ? "is used twice"
      : ""
    : "must be letters, digits, - and _";
  if (problem === "") return;
  throw new InvalidArgumentError({
    argument: "name",
    value: name,
    message: `stage "${name}": the name ${problem}`,
  });
};

/**
 * Opens a run folder and everything that a run writes; Ctrl-C is watched from here on until `close`.
 *
 * @throws InvalidArgumentError where the folder is in use, is not empty without `resume`, or was made with other options.
 */
export const openRun = async (options: RunOptions): Promise<Run> => {
  const { folder, seed = 1, output = process.stdout } = options;
  const random = createRandom(seed);
  const profile = options.profile ? createProfile() : undefined;
  const opened = await openRunFolder(options);
  const progress = createProgress(output);
  const logs = (() => {
    try {
      return openRunLogs(folder, progress.note);
    } catch (error) {
      opened.discard();
      throw error;
    }
  })();
  const interrupt = watchInterrupt(() =>
    progress.note("finishing the current step, then saving (Ctrl-C again: end at once)"),
  );
  for (const note of opened.notes) progress.note(note);

  let state = opened.state;
  const now = () => performance.now() / 1000;
  const began = now();
  const used = new Set<string>();
  /** Seconds that this process spent inside stages, and the one that is under way. */
  let inStages = 0;
  let current: { readonly name: string; readonly before: number; readonly began: number } | undefined;

  const currentSeconds = () => (current ? now() - current.began : 0);
  const outside = () => opened.state.seconds + (now() - began) - inStages - currentSeconds();
  const writeStage = async (name: string, record: StageRecord) => {
    state = { ...state, seconds: outside(), stages: { ...state.stages, [name]: record } };
    await writeRunState(folder, state);
  };
  const throwIfInterrupted = async () => {
    if (await interrupt.isRequested()) throw new RunInterruptedError("interrupted between two stages");
  };

  const stage = async <Result>(
    name: string,
    second: StageOptions | ((stage: Stage) => Promise<Result>),
    third?: (stage: Stage) => Promise<Result>,
  ): Promise<Result> => {
    const [{ parts = {} }, body] = typeof second === "function" ? [{}, second] : [second, third!];
    checkName(name, used);
    used.add(name);
    await throwIfInterrupted();
    const checkpoints = createStageCheckpoints(join(folder, "checkpoints", name), progress.note);
    const known = state.stages[name];
    if (known?.result) {
      await checkpoints.restoreFinal(parts);
      checkpoints.removeLoops();
      return known.result.value as Result;
    }
    const record = known ?? { start: logs.offsets(), seconds: 0 };
    const latest = known && (await checkpoints.latest());
    if (known) logs.rewind(latest?.offsets ?? record.start);
    logs.isMuted = latest !== undefined;
    const endProfile = profile?.beginStage(name);
    current = { name, before: latest?.seconds ?? record.seconds, began: now() };
    const seconds = () => (current?.before ?? 0) + currentSeconds();
    if (!known) await writeStage(name, record);
    const made = createStage({
      name,
      random: random.fork(name),
      parts,
      logs,
      progress,
      interrupt,
      checkpoints,
      seconds,
      profile,
    });
    const value = asJson(`the result of stage ${name}`, (await body(made.stage)) ?? null);
    made.finish();
    progress.stop();
    logs.flush();
    await checkpoints.saveFinal(parts);
    const total = seconds();
    inStages += currentSeconds();
    current = undefined;
    endProfile?.();
    await writeStage(name, { ...record, seconds: total, result: { value } });
    checkpoints.removeLoops();
    return value as Result;
  };

  let isOpen = true;
  const finish = (): void => {
    isOpen = false;
    progress.stop();
    interrupt.stop();
    logs.close();
  };
  const showProfile = (): void => {
    if (!profile) return;
    try {
      const { path, table } = writeProfile(folder, profile);
      progress.note(`${table}\nprofile: ${displayPath(path)} (open it in ui.perfetto.dev)`);
    } catch (error) {
      progress.note(`no profile: ${error instanceof Error ? error.message : error}`); // the run's own end counts
    }
  };
  const close = (): void => {
    if (!isOpen) return;
    try {
      progress.stop();
      showProfile();
      finish();
    } finally {
      opened.release();
    }
  };
  const isUntouched = () =>
    !opened.isResumed && logs.isEmpty() && Object.values(state.stages).every(({ result }) => !result);

  return {
    folder,
    random,
    isResumed: opened.isResumed,
    ...(profile ? { profile } : {}),
    stage,
    throwIfInterrupted,
    path: (...parts) => {
      const path = join(folder, ...parts);
      mkdirSync(join(path, ".."), { recursive: true });
      return path;
    },
    note: progress.note,
    seconds: () => {
      const stages = Object.fromEntries(
        Object.entries(state.stages).map(([name, record]) => [name, record.seconds]),
      );
      if (current) stages[current.name] = current.before + currentSeconds();
      return { total: Object.values(stages).reduce((sum, seconds) => sum + seconds, outside()), ...stages };
    },
    metrics: (of) => logs.metricRows().filter((row) => of === undefined || row.stage === of),
    samples: logs.sampleRows,
    writeSummary: async (summary) =>
      writeFileAtomic(join(folder, "summary.json"), `${safeJson(asJson("summary", summary), 2)}\n`),
    close,
    abandon: () => {
      if (!isOpen || !isUntouched()) {
        close();
        return true;
      }
      finish();
      return !opened.discard();
    },
  };
};
