import { readSync } from "node:fs";

/** Throws the caller's error: the reader knows the problem, the caller the path. */
export type Fail = (problem: string) => never;

/** Reads a header from start to end. Nothing is allocated for what the file has no bytes for. */
export interface HeaderCursor {
  /** Where the next byte is read. */
  offset(): number;
  /** Bytes from here to the end of the file. */
  remaining(): number;
  uint32(): number;
  /** A count or offset. Fails beyond 2⁵³. */
  uint64(): number;
  /** @param limit  most bytes. Default: what no text in use has. */
  string(limit?: number): string;
  /** A view of the next bytes, valid until the next call. */
  bytes(count: number): DataView;
}

const windowBytes = 2 ** 18;
/** Longer texts are damage: the longest in use, chat templates, have some tens of kilobytes. */
const maxStringBytes = 2 ** 24;

/** @param descriptor  of an open file of `size` bytes */
export const createHeaderCursor = (descriptor: number, size: number, fail: Fail): HeaderCursor => {
  let offset = 0;
  let window = new Uint8Array(0);
  let windowStart = 0;
  let windowEnd = 0;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  const load = (count: number): void => {
    const length = Math.min(Math.max(count, windowBytes), size - offset);
    if (window.length < length) window = new Uint8Array(length);
    windowStart = offset;
    let filled = 0;
    while (filled < count) {
      const read = readSync(descriptor, window, filled, window.length - filled, windowStart + filled);
      if (read === 0) fail(`it ends at byte ${windowStart + filled}, inside its header`);
      filled += read;
    }
    windowEnd = windowStart + filled;
  };

  const bytes = (count: number): DataView => {
    if (count > size - offset) {
      fail(`its header wants ${count} bytes at byte ${offset}, where the file has ${size - offset} left`);
    }
    if (offset + count > windowEnd) load(count);
    const view = new DataView(window.buffer, window.byteOffset + offset - windowStart, count);
    offset += count;
    return view;
  };

  const uint64 = (): number => {
    const value = bytes(8).getBigUint64(0, true);
    return value > BigInt(Number.MAX_SAFE_INTEGER)
      ? fail(`its header counts ${value} of something at byte ${offset - 8}`)
      : Number(value);
  };

  return {
    offset: () => offset,
    remaining: () => size - offset,
    uint32: () => bytes(4).getUint32(0, true),
    uint64,
    bytes,
    string: (limit = maxStringBytes) => {
      const start = offset;
      const length = uint64();
      if (length > limit) {
        fail(`its header has a text of ${length} bytes at byte ${start}, expected at most ${limit}`);
      }
      const { buffer, byteOffset } = bytes(length);
      try {
        return decoder.decode(new Uint8Array(buffer, byteOffset, length));
      } catch {
        return fail(`its header has a text at byte ${start} that is not UTF-8`);
      }
    },
  };
};
