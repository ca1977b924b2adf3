import { quoteOutside } from "@accord-rl/core";
import type { GgufMetadata } from "@accord-rl/tokenizers";
import { createHeaderCursor, type Fail, type HeaderCursor } from "./header-cursor.ts";
import { readMetadata } from "./metadata.ts";
import { type TensorType, tensorType, tensorTypeName } from "./tensor-types.ts";

/** What a GGUF file says of one of its tensors. */
export interface GgufTensorInfo {
  readonly name: string;
  /** Row-major, the fastest dimension last: the reverse of the file's order. */
  readonly shape: readonly number[];
  /** Such as "F32" or "Q4_K". */
  readonly type: string;
}

/** Where a tensor's bytes are. */
export interface TensorPlace extends GgufTensorInfo {
  /** Absent where the kind can't be read. */
  readonly format: TensorType | undefined;
  /** Numbers in it. */
  readonly size: number;
  /** Position in the file. */
  readonly start: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, TensorPlace>;
}

const magic = 0x46554747; // "GGUF"
const maxDimensions = 4;
/** The format allows 64. */
const maxNameBytes = 1024;
/** Fewest bytes of a tensor's entry: name's length, one dimension, kind, offset. */
const smallestEntry = 8 + 4 + 8 + 4 + 8;

const readVersion = (cursor: HeaderCursor, fail: Fail): number => {
  if (cursor.remaining() < 24) return fail(`it has ${cursor.remaining()} bytes, a GGUF file has at least 24`);
  if (cursor.uint32() !== magic) return fail("it doesn't start with GGUF");
  const version = cursor.uint32();
  if (version === 2 || version === 3) return version;
  const isSwapped = version !== 0 && (version & 0xffff) === 0;
  return fail(
    isSwapped
      ? "it is big-endian, expected little-endian; convert it again for this machine"
      : `it has version ${version}, expected 2 or 3; convert the model again with a newer tool`,
  );
};

const readAlignment = (metadata: GgufMetadata, fail: Fail): number => {
  const alignment = metadata["general.alignment"] ?? 32;
  return typeof alignment === "number" && alignment > 0 && alignment <= 2 ** 20 && alignment % 8 === 0
    ? alignment
    : fail(`its general.alignment is ${String(alignment)}, expected a multiple of 8`);
};

interface Entry extends GgufTensorInfo {
  readonly kind: number;
  readonly offset: number;
}

const readEntry = (cursor: HeaderCursor, fail: Fail): Entry => {
  const name = cursor.string(maxNameBytes);
  const dimensions = cursor.uint32();
  if (dimensions < 1 || dimensions > maxDimensions) {
    fail(`tensor ${quoteOutside(name)} has ${dimensions} dimensions, expected 1 to ${maxDimensions}`);
  }
  const shape = Array.from({ length: dimensions }, () => cursor.uint64()).reverse();
  const kind = cursor.uint32();
  return { name, shape, type: tensorTypeName(kind), kind, offset: cursor.uint64() };
};

const place = (entry: Entry, dataStart: number, dataBytes: number, alignment: number, fail: Fail) => {
  const { name, shape, type, kind, offset } = entry;
  const format = tensorType(kind);
  const size = shape.reduce((product, length) => product * length, 1);
  const columns = shape.at(-1) as number;
  if (size < 1 || !Number.isSafeInteger(size))
    fail(`tensor ${quoteOutside(name)} has the impossible shape [${shape}]`);
  if (format && columns % format.blockSize !== 0) {
    fail(
      `tensor ${quoteOutside(name)} of ${type} has ${columns} columns, expected a multiple of ${format.blockSize}`,
    );
  }
  const bytes = format ? (size / format.blockSize) * format.blockBytes : 0;
  if (offset % alignment !== 0 || offset > dataBytes || bytes > dataBytes - offset) {
    fail(
      `tensor ${quoteOutside(name)} of ${type} [${shape}] should have ${bytes} bytes at ${offset} of the ${dataBytes} that follow the header; it is cut short or damaged`,
    );
  }
  return { name, shape, type, format, size, start: dataStart + offset, bytes };
};

/** A file whose tensors share bytes could claim a model of any size. */
const checkApart = (places: readonly TensorPlace[], fail: Fail): void => {
  let end = 0;
  for (const { name, start, bytes } of [...places].sort((a, b) => a.start - b.start || a.bytes - b.bytes)) {
    if (start < end) fail(`tensor ${quoteOutside(name)} overlaps the one before it at byte ${start}`);
    end = start + bytes;
  }
};

/**
 * Reads and checks everything before a GGUF file's tensors: after it, each of them can be read without another check.
 *
 * @param descriptor  of an open file of `size` bytes
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export const readHeader = (descriptor: number, size: number, fail: Fail): GgufHeader => {
  const cursor = createHeaderCursor(descriptor, size, fail);
  const version = readVersion(cursor, fail);
  const tensorCount = cursor.uint64();
  const metadata = readMetadata(cursor, cursor.uint64(), fail);
  if (tensorCount > cursor.remaining() / smallestEntry) {
    fail(`its header claims ${tensorCount} tensors, more than the file has bytes for`);
  }
  const alignment = readAlignment(metadata, fail);
  const entries = Array.from({ length: tensorCount }, () => readEntry(cursor, fail));
  const dataStart = Math.ceil(cursor.offset() / alignment) * alignment;
  const dataBytes = Math.max(0, size - dataStart);
  const places = entries.map((entry) => place(entry, dataStart, dataBytes, alignment, fail));
  checkApart(places, fail);
  const tensors = new Map(places.map((info) => [info.name, info]));
  if (tensors.size < places.length) fail("it has two tensors of one name");
  return { version, metadata, tensors };
};
