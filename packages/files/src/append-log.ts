import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, truncateSync } from "node:fs";
import { CheckpointError, DataError } from "@accord-rl/core";
import { diskError, writeAll } from "./disk.ts";

/** A file that only grows, and can be cut back to where a checkpoint saw it. */
export interface AppendLog {
  /** Bytes so far. */
  readonly size: number;
  append(content: string | Uint8Array): void;
  /** Drops everything after `size` bytes. */
  truncate(size: number): void;
  /** Returns when the content has reached the disk. */
  flush(): void;
  close(): void;
}

/** @throws AccordError where the disk is full; what was whole before stays, and nothing half-written follows it. */
export const openAppendLog = (path: string): AppendLog => {
  const guard = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw diskError(path, error);
    }
  };
  const descriptor = guard(() => openSync(path, "a"));
  let size = fstatSync(descriptor).size;
  /** Takes a half-written piece away, so that the next line does not continue it. */
  const dropTorn = (): void => {
    try {
      if (fstatSync(descriptor).size > size) truncateSync(path, size);
    } catch {
      // The failed write is the error to report.
    }
  };
  return {
    get size() {
      return size;
    },
    append: (content) => {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      try {
        writeAll(descriptor, bytes);
      } catch (error) {
        dropTorn();
        throw diskError(path, error);
      }
      size += bytes.length;
    },
    truncate: (to) => {
      const actual = fstatSync(descriptor).size;
      if (actual < to) {
        const message = `has ${actual} bytes, but the last checkpoint saw ${to}: the file was changed; restore it to resume`;
        throw new CheckpointError({ path, message });
      }
      guard(() => truncateSync(path, to)); // Windows can't cut a file through a descriptor that appends
      size = to;
    },
    flush: () => guard(() => fsyncSync(descriptor)),
    close: () => closeSync(descriptor),
  };
};

/** The lines of a JSON-lines file; a last line without its end (a write that was cut off) is left out. */
export const readJsonLines = (path: string): unknown[] => {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.slice(0, -1).map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (cause) {
      throw new DataError({ path, line: index + 1, message: "no valid JSON", cause });
    }
  });
};
