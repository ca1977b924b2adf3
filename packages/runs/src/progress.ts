import { cleanText, type Stats } from "@accord-rl/core";
import { formatDuration, formatNumber } from "./format.ts";
import type { Output } from "./run-types.ts";

/** How far the work is. */
export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Where an earlier process stopped: the time left is estimated from what was done since. */
  readonly from: number;
  readonly metrics: Stats;
}

export interface Progress {
  /** Work begins: the time left is counted from here. */
  begin(label: string): void;
  update(state: ProgressState): void;
  note(text: string): void;
  /** Ends the current bar, so that the next one, or another writer, starts on a fresh line. */
  stop(): void;
}

/** Plain lines: ten on the way, and one at least every so many seconds. */
const plainLines = 10;
const plainSeconds = 30;
/** A bar is drawn again after so many seconds at the earliest. */
const barSeconds = 0.1;
const barWidth = 24;

/** Names of stages and metrics may come from a file, and stay on their line. */
const cleanLine = (text: string): string => cleanText(text).replace(/\s+/g, " ");

const metricsText = (metrics: Stats): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${cleanLine(name)} ${formatNumber(value)}`)
    .join("  ");

const timeLeft = ({ done, total, from }: ProgressState, seconds: number): string => {
  if (done >= total) return `took ${formatDuration(seconds)}`;
  return done > from ? `${formatDuration((seconds / (done - from)) * (total - done))} left` : "";
};

const join = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("  ");

/** Lines for a log file. */
const plainProgress = (output: Output, now: () => number): Progress => {
  let current = "";
  let began = 0;
  let printed = Number.NEGATIVE_INFINITY;
  let tenth = -1;
  const begin = (label: string) => {
    current = label;
    began = now();
    printed = Number.NEGATIVE_INFINITY;
    tenth = -1;
  };
  return {
    begin,
    update: (state) => {
      if (current !== state.label) begin(state.label);
      const nextTenth = Math.floor((state.done * plainLines) / state.total);
      if (nextTenth === tenth && now() - printed < plainSeconds && state.done < state.total) return;
      tenth = nextTenth;
      printed = now();
      const text = join([
        `${cleanLine(state.label)} ${state.done}/${state.total}`,
        metricsText(state.metrics),
      ]);
      output.write(`${join([text, timeLeft(state, now() - began)])}\n`);
    },
    note: (text) => void output.write(`${cleanText(text)}\n`),
    stop: () => {
      current = "";
    },
  };
};

/** One bar, redrawn in place; notes appear above it. It stays, complete, when its work ends. */
const barProgress = (output: Output, now: () => number): Progress => {
  let current = "";
  let began = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let line = "";
  const clear = "\r\u001b[2K";
  const stop = () => {
    if (line !== "") output.write(`${clear}${line}\n`);
    line = "";
    current = "";
  };
  const begin = (label: string) => {
    stop();
    current = label;
    began = now();
    drawn = Number.NEGATIVE_INFINITY;
  };
  return {
    begin,
    update: (state) => {
      if (current !== state.label) begin(state.label);
      const full = Math.round((Math.min(state.done, state.total) / Math.max(state.total, 1)) * barWidth);
      const bar = `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
      const left = timeLeft(state, now() - began);
      const text = join([
        `${cleanLine(state.label)} ${bar} ${state.done}/${state.total}`,
        left,
        metricsText(state.metrics),
      ]);
      line = text.slice(0, (output.columns ?? 80) - 1);
      if (now() - drawn < barSeconds && state.done < state.total) return;
      drawn = now();
      output.write(clear + line);
    },
    note: (text) => void output.write(`${clear}${cleanText(text)}\n${line}`),
    stop,
  };
};

/** A bar on a terminal, plain lines elsewhere; never both. @param now  seconds of a clock that only rises. */
export const createProgress = (
  output: Output,
  now: () => number = () => performance.now() / 1000,
): Progress => (output.isTTY ? barProgress : plainProgress)(output, now);
