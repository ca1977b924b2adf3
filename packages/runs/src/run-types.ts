import type { Random, Stateful, Stats, Tracker } from "@accord-rl/core";
import type { Profile } from "./profile.ts";

/** Parts that are saved and restored together, by name. */
export type Parts = Readonly<Record<string, Stateful>>;

/** One line of metrics.jsonl. Everything that depends on the machine's speed or memory is in `machine`. */
export interface MetricRow {
  readonly stage: string;
  /** Present where a stage has several loops. */
  readonly loop?: string;
  /** Steps done: the first one is 1. */
  readonly step: number;
  readonly metrics: Stats;
  /** seconds (since the stage began, over all resumes), rssMiB, and metrics named …Seconds or …PerSecond. */
  readonly machine: Stats;
}

export interface LoopOptions {
  readonly steps: number;
  /** Saved at every checkpoint and restored on resume, besides the stage's own parts. */
  readonly parts?: Parts;
  /** Save after every so many steps, and at the end. Default: at the end only. */
  readonly every?: number;
  /** One step. Its metrics are logged as step `index + 1`. */
  readonly body: (index: number, step: LoopStep) => Promise<Stats> | Stats;
  /** Which metrics the progress line shows. Default: the first four that are no times. */
  readonly show?: readonly string[];
  /** Needed where a stage has several loops. Default "loop". */
  readonly name?: string;
}

export interface LoopStep {
  /** A stream of this step alone: the same after a resume. */
  readonly random: Random;
  /** Makes this the last step. */
  stop(): void;
}

/** What a stage's body works with; also a Tracker for metrics outside loops. */
export interface Stage extends Tracker {
  readonly name: string;
  /** Forked by the stage's name; its position is part of every checkpoint. */
  readonly random: Random;
  loop(options: LoopOptions): Promise<void>;
  /** Appends lines to samples.jsonl. */
  samples(rows: readonly object[]): void;
  /** Progress of work that is no loop, such as evaluating prompts: a bar or plain lines. */
  progress(done: number, total: number, metrics?: Stats): Promise<void>;
}

export interface StageOptions {
  /** What the stage trains: saved when it ends, and restored when a later process skips it. */
  readonly parts?: Parts;
}

/** One run: a folder with config.yaml, metrics.jsonl, samples.jsonl, checkpoints, tensorboard, summary.json. */
export interface Run {
  readonly folder: string;
  readonly random: Random;
  /** True when the folder already held a begun run. */
  readonly isResumed: boolean;
  /** Where it was asked for: give its `onCall` to createCompile. */
  readonly profile?: Profile;
  /** A path inside the folder. */
  path(...parts: string[]): string;
  /**
   * Runs a stage, or skips it when an earlier process finished it. Its result goes through JSON either way, so that
   * a resumed run sees the same value.
   */
  stage<Result>(
    name: string,
    options: StageOptions,
    body: (stage: Stage) => Promise<Result>,
  ): Promise<Result>;
  stage<Result>(name: string, body: (stage: Stage) => Promise<Result>): Promise<Result>;
  /** Prints text above the progress bar. */
  note(text: string): void;
  /** Seconds so far, over all resumes: `total`, and one entry for each stage. */
  seconds(): Readonly<Record<string, number>>;
  /** The lines of metrics.jsonl, of one stage or of all. */
  metrics(stage?: string): MetricRow[];
  /** The lines of samples.jsonl. */
  samples(): Readonly<Record<string, unknown>>[];
  /** Writes summary.json atomically. */
  writeSummary(summary: object): Promise<void>;
  /** Throws where Ctrl-C was pressed; loops and stage boundaries do it by themselves. */
  throwIfInterrupted(): Promise<void>;
  /** Releases the folder. */
  close(): void;
  /**
   * Closes a run that failed. Where it has saved nothing, what this start wrote is removed again.
   *
   * @returns whether there is something to resume.
   */
  abandon(): boolean;
}

/** Where text goes; `process.stdout` is one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface RunOptions {
  readonly folder: string;
  /** What the run was asked to do: stored as config.yaml, compared on resume. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Name of the app, stored and compared too. */
  readonly app: string;
  readonly resume?: boolean;
  /** Files and folders that the run reads, by the option that names them. A resume refuses changed ones. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Seeds `run.random`. Default 1. */
  readonly seed?: number;
  /** Options that may differ on resume. A different one is noted, not refused. */
  readonly mayDiffer?: readonly string[];
  /** Options that a resume may change for good, such as a learning rate: noted, stored, and taken by later resumes. */
  readonly mayChange?: readonly string[];
  /** Writes profile.json, a Chrome trace, and prints a table of where the time went, when the run is closed. */
  readonly profile?: boolean;
  /** Default: standard output. */
  readonly output?: Output;
}
