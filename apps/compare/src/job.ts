import type { Options } from "./options.ts";

/** One run of one algorithm with one seed (or what all runs of a seed begin with), for a process of its own. */
export interface Job {
  /** As in the summary. */
  readonly algorithm: string;
  /** A user's own algorithm: absolute path of its module. */
  readonly module?: string;
  readonly seed: number;
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** Folder of the preparation that the run goes out from. */
  readonly prepared?: string;
  readonly options: Pick<
    Options,
    "task" | "steps" | "evaluationEpisodes" | "sentiment" | "backend" | "preset"
  >;
}

/** What a job leaves as its summary.json. */
export interface RunResult {
  readonly backend: string;
  readonly finalReturn: number;
  /** Steps that were learned from: of the environment, or responses. */
  readonly steps: number;
  /** Of training alone. */
  readonly seconds: number;
  /** Largest difference of a response's probability from its optimum; where that is known. */
  readonly distanceToOptimum?: number;
  /** Per response, from the reference; on text. */
  readonly klNats?: number;
  /** Of each held-out prompt, in their order: after − before. */
  readonly gains?: readonly number[];
}

/** What a worker tells the process that started it. */
export type Message =
  | { readonly kind: "progress"; readonly stage: string; readonly done: number; readonly total: number }
  | { readonly kind: "failed"; readonly message: string };

/** Prepares what all runs of a seed share. */
export const preparation = "(preparation)";

/** As messages name a run. */
export const jobName = ({ algorithm, seed }: Pick<Job, "algorithm" | "seed">): string =>
  `${algorithm}/${seed}`;
