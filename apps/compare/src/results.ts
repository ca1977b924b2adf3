import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MetricRow } from "@accord-rl/runs";
import type { Job, RunResult } from "./job.ts";

/** What a finished run left; undefined where it has not finished. */
export const readResult = ({ folder }: Pick<Job, "folder">): RunResult | undefined => {
  const path = join(folder, "summary.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as RunResult) : undefined;
};

/** A point of a learning curve. */
export interface CurvePoint {
  readonly steps: number;
  readonly seconds: number;
  readonly value: number;
}

/** The metric of a finished run over its steps: rows of one stage stand at equal distances. */
export const readCurve = (
  { folder }: Pick<Job, "folder">,
  { stage, metric, steps }: { readonly stage: string; readonly metric: string; readonly steps: number },
): CurvePoint[] => {
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const rows = lines
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as MetricRow)
    .filter((row) => row.stage === stage);
  return rows.flatMap((row) => {
    const value = row.metrics[metric];
    if (value === undefined) return [];
    return [{ steps: (row.step / rows.length) * steps, seconds: row.machine.seconds ?? 0, value }];
  });
};
