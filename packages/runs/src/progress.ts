import type { Stats } from "@accord-rl/core";
import cliProgress from "cli-progress";
import { formatDuration, formatNumber, plainText } from "./format.ts";
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
  update(state: ProgressState): void;
  note(text: string): void;
  /** Ends the current bar, so that the next one, or another writer, starts on a fresh line. */
  stop(): void;
}

/** Seconds between two plain lines at most, and how many there are at most otherwise. */
const plainSeconds = 30;
const plainLines = 10;

const metricsText = (metrics: Stats): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatNumber(value)}`)
    .join("  ");

const timeLeft = ({ done, total, from }: ProgressState, seconds: number): string => {
  if (done >= total) return `took ${formatDuration(seconds)}`;
  return done > from ? `${formatDuration((seconds / (done - from)) * (total - done))} left` : "";
};

/** Lines for a log file: the first step, then a tenth of the way each, or every half a minute. */
const plainProgress = (output: Output, now: () => number): Progress => {
  let current = "";
  let began = 0;
  let printed = 0;
  let tenth = 0;
  return {
    update: (state) => {
      const isNew = current !== state.label;
      if (isNew) began = now();
      current = state.label;
      const nextTenth = Math.floor((state.done / state.total) * plainLines);
      if (!isNew && nextTenth === tenth && now() - printed < plainSeconds && state.done < state.total) return;
      tenth = nextTenth;
      printed = now();
      const parts = [
        `${state.label} ${state.done}/${state.total}`,
        metricsText(state.metrics),
        timeLeft(state, now() - began),
      ];
      output.write(`${parts.filter((part) => part !== "").join("  ")}\n`);
    },
    note: (text) => void output.write(`${plainText(text)}\n`),
    stop: () => {
      current = "";
    },
  };
};

/** One bar, redrawn in place; notes appear above it. */
const barProgress = (output: Output, now: () => number): Progress => {
  let bar: cliProgress.SingleBar | undefined;
  let current = "";
  let began = 0;
  const stop = () => {
    bar?.stop();
    bar = undefined;
    current = "";
  };
  const start = (state: ProgressState) => {
    stop();
    current = state.label;
    began = now();
    bar = new cliProgress.SingleBar(
      {
        format: "{label} {bar} {value}/{total}  {metrics}  {left}",
        barsize: 24,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        hideCursor: true,
        linewrap: false,
        gracefulExit: false,
        stream: output as NodeJS.WritableStream,
      },
      cliProgress.Presets.shades_classic,
    );
    bar.start(state.total, state.from, { label: state.label, metrics: "", left: "" });
  };
  return {
    update: (state) => {
      if (current !== state.label) start(state);
      bar?.update(state.done, {
        metrics: metricsText(state.metrics),
        left: timeLeft(state, now() - began),
      });
      bar?.render();
    },
    note: (text) => {
      output.write(`\r\u001b[2K${plainText(text)}\n`);
      bar?.render();
    },
    stop,
  };
};

/** A bar on a terminal, plain lines elsewhere; never both. @param now  seconds of a clock that only rises. */
export const createProgress = (
  output: Output,
  now: () => number = () => performance.now() / 1000,
): Progress => (output.isTTY ? barProgress : plainProgress)(output, now);
