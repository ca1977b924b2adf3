import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { DataError } from "@accord-rl/core";
import { makeFolder, openAppendLog, takeLock } from "@accord-rl/files";
import type { Judgement, PairJudgement } from "../human/judgement.ts";
import { parseJudgements } from "../human/judgement-files.ts";

/** The file that a labeling session writes: one line per answer, on the disk before the next question is asked. */
export interface LabelFile {
  /** What was in it when it was opened. */
  readonly judgements: readonly Judgement[];
  /** An unfinished last line that was taken away when it was opened: a crash tore it. */
  readonly torn: string | undefined;
  append(judgement: PairJudgement): void;
  /** Takes the last line away, where this worker wrote it. */
  undo(): Judgement | undefined;
  /** Gives the file free for others. */
  close(): void;
}

/** The file as text. @throws DataError where it is none. */
const readWhole = (path: string): string => {
  if (!existsSync(path)) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new DataError({ path, message: "is not UTF-8 text; choose another --out", cause });
  }
};

/** Where each line that isn't blank begins, in bytes. */
const lineOffsets = (content: string): number[] => {
  let at = 0;
  return content.split("\n").flatMap((line) => {
    const start = at;
    at += Buffer.byteLength(line) + 1;
    return line.trim() === "" ? [] : [start];
  });
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * Opens or begins a file of judgements for one worker, and holds its lock.
 *
 * @throws InvalidArgumentError where another process holds it, DataError with the line where it is malformed.
 */
export const openLabelFile = (path: string, worker: string): LabelFile => {
  makeFolder(dirname(path));
  const release = takeLock(
    `${path}.lock`,
    (who, lock) =>
      `${who} is writing ${path}; wait for it or choose another --out (if it is gone, delete ${lock})`,
  );
  try {
    const content = readWhole(path);
    const end = content.lastIndexOf("\n") + 1;
    const rest = content.slice(end);
    const isTorn = rest !== "" && !isJson(rest);
    const whole = isTorn ? content.slice(0, end) : content;
    const judgements = parseJudgements(whole, path);
    const log = openAppendLog(path);
    if (isTorn) log.truncate(Buffer.byteLength(whole));
    else if (rest !== "") log.append("\n"); // someone's editor left out the last line's end
    const offsets = lineOffsets(whole);
    const stranger = judgements.findLastIndex((judgement) => judgement.worker !== worker);
    /** The file's last lines, as far back as they are this worker's. */
    const own = judgements
      .map((judgement, index) => ({ judgement, at: offsets[index] as number }))
      .slice(stranger + 1);
    return {
      judgements,
      torn: isTorn ? rest : undefined,
      append: (judgement) => {
        own.push({ at: log.size, judgement });
        log.append(`${JSON.stringify(judgement)}\n`);
        log.flush();
      },
      undo: () => {
        const last = own.pop();
        if (last === undefined) return undefined;
        log.truncate(last.at);
        log.flush();
        return last.judgement;
      },
      close: () => {
        log.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
};
