import type { Compile } from "@accord-rl/core";
import type { Run } from "@accord-rl/runs";
import type { Job, RunResult } from "../job.ts";

/** What a task is run with, in a process of its own. */
export interface TaskContext {
  readonly job: Job;
  readonly run: Run;
  /** The name of the backend that was started. */
  readonly backend: string;
  readonly compile: Compile;
}

export interface Task {
  readonly title: string;
  /** What a return is, for axes and tables. */
  readonly returnLabel: string;
  /** What is counted as steps. */
  readonly stepLabel: string;
  /** One paragraph: what is learned, and how it is judged. */
  readonly description: string;
  /** All that fit, by name. */
  readonly algorithms: readonly string[];
  /** The best return that there can be, where it is known. */
  readonly best?: number;
  /** The metric of the stage of training that is drawn as a learning curve. */
  readonly curve: { readonly stage: (job: Pick<Job, "algorithm">) => string; readonly metric: string };
  /**
   * Whether networks are so small that most of an update is calls: one thread for each run then, and XLA where it is
   * there (always or never: a choice by time could not be repeated bit for bit). Default false.
   */
  readonly hasSmallNetworks?: boolean;
  /** Once per seed, before the runs: what they all begin with. */
  readonly prepare?: (context: TaskContext) => Promise<void>;
  readonly train: (context: TaskContext) => Promise<RunResult>;
}
