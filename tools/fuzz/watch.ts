import { fork } from "node:child_process";
import { join } from "node:path";
import type { FuzzReport } from "./run-target.ts";

interface Message {
  readonly index?: number;
  readonly report?: FuzzReport;
}

/** Longest that one file may take, the first also with the start of the process. */
const limitMs = 10_000;
const startLimitMs = 60_000;
const heapMegabytes = 512;

const tail = (text: string): string => text.slice(-600);

/** Runs a target in its own process and turns a crash, a hang or too much memory into a failure with its number. */
export const watchTarget = (
  name: string,
  { mutations, seed, only }: { mutations: number; seed: number; only?: number | undefined },
): Promise<FuzzReport> =>
  new Promise((resolve) => {
    const args = [name, String(mutations), String(seed), ...(only === undefined ? [] : [String(only)])];
    const child = fork(join(import.meta.dirname, "worker.ts"), args, {
      execArgv: [
        "--import",
        "tsx",
        "--conditions=@accord-rl/source",
        `--max-old-space-size=${heapMegabytes}`,
      ],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let errors = "";
    let index = -1;
    let report: FuzzReport | undefined;
    let isHanging = false;
    const wait = (ms: number) =>
      setTimeout(() => {
        isHanging = true;
        child.kill("SIGKILL");
      }, ms);
    let timer = wait(startLimitMs);
    child.stdout?.resume();
    child.stderr?.on("data", (chunk) => {
      errors = tail(errors + chunk);
    });
    child.on("message", (message: Message) => {
      clearTimeout(timer);
      timer = wait(limitMs);
      index = message.index ?? index;
      report = message.report ?? report;
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (report && code === 0) return resolve(report);
      const what = isHanging ? "hangs" : `ends its process (${signal ?? code}): ${errors}`;
      return resolve({ read: 0, refused: 0, failures: [`mutation ${index}: ${what}`] });
    });
  });
