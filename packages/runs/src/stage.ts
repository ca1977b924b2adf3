import { CheckpointError, InvalidArgumentError, type Random, type Stats } from "@accord-rl/core";
import { type Interrupt, RunInterruptedError } from "./interrupt.ts";
import type { Profile } from "./profile.ts";
import type { Progress } from "./progress.ts";
import { isOfMachine, type RunLogs } from "./run-logs.ts";
import type { LoopOptions, Parts, Stage } from "./run-types.ts";
import type { StageCheckpoints } from "./stage-checkpoints.ts";

/** What a stage needs of its run. */
export interface StageContext {
  readonly name: string;
  readonly random: Random;
  readonly parts: Parts;
  readonly logs: RunLogs;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
  readonly checkpoints: StageCheckpoints;
  /** Seconds of this stage, over all processes. */
  readonly seconds: () => number;
  readonly profile?: Profile | undefined;
}

const mergeParts = (stage: string, own: Parts, parts: Parts): Parts => {
  for (const name of Object.keys(parts)) {
    if (!(name in own) || own[name] === parts[name]) continue;
    const message = `stage ${stage}: the loop's part ${name} has the name of one of the stage's parts; rename it`;
    throw new InvalidArgumentError({ argument: "parts", value: name, message });
  }
  return { ...own, ...parts };
};

const shownMetrics = (stats: Stats, show: readonly string[] | undefined): Stats => {
  const names =
    show ??
    Object.keys(stats)
      .filter((name) => !isOfMachine(name))
      .slice(0, 4);
  return Object.fromEntries(
    names.flatMap((name) => (stats[name] === undefined ? [] : [[name, stats[name]]])),
  );
};

/** The stage that a body works with. `finish` is for the run, when the body has ended. */
export const createStage = (context: StageContext): { stage: Stage; finish(): void } => {
  const { name, logs, progress, interrupt, checkpoints, random, seconds } = context;
  const loops: string[] = [];

  const throwIfInterrupted = async () => {
    if (await interrupt.isRequested()) throw new RunInterruptedError(`interrupted in stage ${name}`);
  };

  const loop = async ({
    steps,
    parts = {},
    every = steps,
    body,
    show,
    name: loopName = "loop",
  }: LoopOptions) => {
    if (loops.includes(loopName)) {
      const message = `stage ${name}: two loops are called ${loopName}; give each its own name`;
      throw new InvalidArgumentError({ argument: "name", value: loopName, message });
    }
    for (const [argument, value] of Object.entries({ steps, every })) {
      if (Number.isInteger(value) && value >= (argument === "every" && steps > 0 ? 1 : 0)) continue;
      const message = `stage ${name}: ${argument} is ${value}, expected a positive integer`;
      throw new InvalidArgumentError({ argument, value, message });
    }
    loops.push(loopName);
    const all = mergeParts(name, context.parts, parts);
    const point = await checkpoints.restoreLoop(loops.length, loopName, all);
    const before = loops.at(-2);
    if (!point && before !== undefined) await checkpoints.secureLoop(loops.length - 1, before);
    if (point) random.restore(point.random);
    if (point?.isLatest) logs.isMuted = false;
    if (point?.isFinished) return;

    const from = point?.step ?? 0;
    const label = loops.length > 1 || loopName !== "loop" ? `${name}/${loopName}` : name;
    const place = { stage: name, ...(loopName === "loop" ? {} : { loop: loopName }) };
    progress.begin(label);
    let isLast = from >= steps;
    if (isLast) await save(steps, true);
    for (let index = from; !isLast; index++) {
      const stop = () => {
        isLast = true;
      };
      const step = index + 1;
      const endStep = context.profile?.beginStep(`${label} ${step}`);
      const stats = await body(index, { random: random.fork(`${loopName} ${index}`), stop });
      endStep?.();
      isLast ||= step === steps;
      logs.row({ ...place, step }, stats, seconds());
      progress.update({
        label,
        done: step,
        total: isLast ? step : steps,
        from,
        metrics: shownMetrics(stats, show),
      });
      const isInterrupted = await interrupt.isRequested();
      if (isLast || isInterrupted || step % every === 0) await save(step, isLast);
      if (isInterrupted && !isLast)
        throw new RunInterruptedError(`interrupted in stage ${name}, saved at step ${step}`);
    }
    progress.stop();

    async function save(step: number, isFinished: boolean): Promise<void> {
      logs.flush();
      const rest = { random: random.state(), offsets: logs.offsets(), seconds: seconds() };
      await checkpoints.saveLoop(loops.length, loopName, all, { step, isFinished, ...rest });
    }
  };

  const stage: Stage = {
    name,
    random,
    loop,
    log: (step, metrics) => logs.row({ stage: name, step }, metrics, seconds()),
    samples: (rows) => logs.samples(rows),
    progress: async (done, total, metrics = {}) => {
      progress.update({ label: name, done, total, from: 0, metrics });
      if (done >= total) progress.stop();
      await throwIfInterrupted();
    },
  };
  const finish = () => {
    if (!logs.isMuted) return;
    const message = "the saved loop was not reached again: the app has changed since; start a new run";
    throw new CheckpointError({ path: checkpoints.folder, message });
  };
  return { stage, finish };
};
