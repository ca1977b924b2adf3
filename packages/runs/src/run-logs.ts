import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { cleanText, NonFiniteError, type Stats, safeJson } from "@accord-rl/core";
import { openAppendLog, readJsonLines } from "@accord-rl/files";
import type { MetricRow } from "./run-types.ts";
import { encodeFileVersion, encodeScalars } from "./tensorboard.ts";

/** Sizes of the files in bytes: where a checkpoint was taken. */
export interface LogOffsets {
  readonly metrics: number;
  readonly samples: number;
  readonly events: number;
}

/** metrics.jsonl, samples.jsonl and the TensorBoard file, which grow together and are cut back together. */
export interface RunLogs {
  /** While true, nothing is written: a resumed stage repeats what led to its checkpoint. */
  isMuted: boolean;
  offsets(): LogOffsets;
  rewind(offsets: LogOffsets): void;
  /** Whether no row and no sample was written. */
  isEmpty(): boolean;
  flush(): void;
  row(row: Omit<MetricRow, "machine" | "metrics">, stats: Stats, seconds: number): void;
  samples(rows: readonly object[]): void;
  metricRows(): MetricRow[];
  sampleRows(): Readonly<Record<string, unknown>>[];
  close(): void;
}

/** Whether a metric measures the machine rather than the learning. */
export const isOfMachine = (name: string): boolean => /(?:^s|S)econds$|(?:^p|P)erSecond$/.test(name);

/** @throws NonFiniteError where a metric is no finite number. */
export const makeRow = (
  place: Omit<MetricRow, "machine" | "metrics">,
  stats: Stats,
  seconds: number,
): MetricRow => {
  for (const [name, value] of Object.entries(stats)) {
    if (Number.isFinite(value)) continue;
    const hint = "Lower the learning rate, or look at the samples of the steps before.";
    throw new NonFiniteError({ quantity: `${place.stage}: ${name}`, value, step: place.step, hint });
  }
  const entries = Object.entries(stats);
  const own = Object.fromEntries(entries.filter(([name]) => !isOfMachine(name)));
  const machine = {
    seconds,
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
    ...Object.fromEntries(entries.filter(([name]) => isOfMachine(name))),
  };
  return { ...place, metrics: own, machine };
};

const lines = (rows: readonly object[]): string => rows.map((row) => `${safeJson(row)}\n`).join("");

const scalarsOf = ({ stage, loop, step, metrics, machine }: MetricRow): Uint8Array => {
  const prefix = loop === undefined ? stage : `${stage}/${loop}`;
  const named = Object.entries({ ...metrics, ...machine }).map(([name, value]) => [
    cleanText(`${prefix}/${name}`),
    value,
  ]);
  return encodeScalars(Date.now() / 1000, step, Object.fromEntries(named) as Stats);
};

/**
 * Opens the growing files of a run folder.
 *
 * @param note  tells the user that the TensorBoard file was lost; metrics.jsonl holds all that it held, but for the
 *   times of day
 */
export const openRunLogs = (folder: string, note: (line: string) => void): RunLogs => {
  const eventFolder = join(folder, "tensorboard");
  if (!existsSync(eventFolder)) mkdirSync(eventFolder);
  const paths = { metrics: join(folder, "metrics.jsonl"), samples: join(folder, "samples.jsonl") };
  const metrics = openAppendLog(paths.metrics);
  const samples = openAppendLog(paths.samples);
  const events = openAppendLog(join(eventFolder, "events.out.tfevents.0000000001.accord-rl"));
  const header = encodeFileVersion(Date.now() / 1000);
  const metricRows = () => readJsonLines(paths.metrics) as MetricRow[];
  const writeEvents = (rows: readonly MetricRow[]) => {
    events.truncate(0);
    events.append(Buffer.concat([header, ...rows.map(scalarsOf)]));
  };
  const restoreEvents = () => {
    note("note: the TensorBoard file was lost or cut; it is written again from metrics.jsonl");
    writeEvents(metricRows());
  };
  if (events.size < header.length) metrics.size === 0 ? writeEvents([]) : restoreEvents();
  const logs = [metrics, samples, events];

  const row: RunLogs["row"] = (place, stats, seconds) => {
    const whole = makeRow(place, stats, seconds);
    if (result.isMuted) return;
    metrics.append(lines([whole]));
    events.append(scalarsOf(whole));
  };

  const result: RunLogs = {
    isMuted: false,
    offsets: () => ({ metrics: metrics.size, samples: samples.size, events: events.size }),
    rewind: (offsets) => {
      metrics.truncate(offsets.metrics);
      samples.truncate(offsets.samples);
      if (events.size < offsets.events) restoreEvents();
      else events.truncate(offsets.events);
    },
    isEmpty: () => metrics.size + samples.size === 0,
    flush: () => {
      for (const log of logs) log.flush();
    },
    row,
    samples: (rows) => {
      if (!result.isMuted) samples.append(lines(rows));
    },
    metricRows,
    sampleRows: () => readJsonLines(paths.samples) as Record<string, unknown>[],
    close: () => {
      for (const log of logs) log.close();
    },
  };
  return result;
};
