import type { Random } from "@accord-rl/core";
import type { Groups } from "./statistics.ts";
import type { Summary } from "./summary.ts";
import type { Task } from "./tasks/task.ts";

/** What the report is made of. */
export interface ReportContent {
  readonly task: Task;
  readonly summary: Summary;
  readonly groups: Groups;
  /** Runs that there should be. */
  readonly planned: number;
  readonly random: Random;
  /** What the comparison was asked to do. */
  readonly options: Readonly<Record<string, unknown>>;
}
