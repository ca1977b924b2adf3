import { quoteOutside } from "@accord-rl/core";
import type { GgufMetadata, GgufNumbers, GgufValue } from "@accord-rl/tokenizers";
import type { Fail, HeaderCursor } from "./header-cursor.ts";

interface NumberKind {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number | bigint | boolean;
  readonly array: (length: number) => GgufNumbers;
}

const narrow = (value: bigint): number | bigint =>
  value === BigInt(Number(value)) && Number.isSafeInteger(Number(value)) ? Number(value) : value;

/** By the number that a value's kind has in the file. */
const numberKinds: Readonly<Record<number, NumberKind>> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at), array: (n) => new Uint8Array(n) },
  1: { bytes: 1, read: (view, at) => view.getInt8(at), array: (n) => new Int8Array(n) },
  2: { bytes: 2, read: (view, at) => view.getUint16(at, true), array: (n) => new Uint16Array(n) },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true), array: (n) => new Int16Array(n) },
  4: { bytes: 4, read: (view, at) => view.getUint32(at, true), array: (n) => new Uint32Array(n) },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true), array: (n) => new Int32Array(n) },
  6: { bytes: 4, read: (view, at) => view.getFloat32(at, true), array: (n) => new Float32Array(n) },
  7: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0, array: (n) => new Uint8Array(n) },
  10: {
    bytes: 8,
    read: (view, at) => narrow(view.getBigUint64(at, true)),
    array: (n) => new BigUint64Array(n),
  },
  11: {
    bytes: 8,
    read: (view, at) => narrow(view.getBigInt64(at, true)),
    array: (n) => new BigInt64Array(n),
  },
  12: { bytes: 8, read: (view, at) => view.getFloat64(at, true), array: (n) => new Float64Array(n) },
};
const stringKind = 8;
const arrayKind = 9;

/** Fewest bytes that an element has in the file: a text its length, a list its kind and count. */
const smallest = (kind: number): number | undefined =>
  kind === stringKind ? 8 : kind === arrayKind ? 12 : numberKinds[kind]?.bytes;

const chunkBytes = 2 ** 16;

const readNumbers = (cursor: HeaderCursor, kind: NumberKind, count: number): GgufNumbers => {
  const result = kind.array(count);
  const target = new Uint8Array(result.buffer);
  // The format is little-endian, as is every machine that Node runs on with these backends.
  for (let at = 0; at < target.length; at += chunkBytes) {
    const { buffer, byteOffset, byteLength } = cursor.bytes(Math.min(chunkBytes, target.length - at));
    target.set(new Uint8Array(buffer, byteOffset, byteLength), at);
  }
  return result;
};

const readArray = (cursor: HeaderCursor, depth: number, key: string, fail: Fail): GgufValue => {
  const kind = cursor.uint32();
  const count = cursor.uint64();
  const bytes = smallest(kind);
  if (bytes === undefined) return fail(`${quoteOutside(key)} is a list of the unknown kind ${kind}`);
  if (count > cursor.remaining() / bytes) {
    return fail(`${quoteOutside(key)} claims ${count} elements, more than the file has bytes for`);
  }
  const numbers = numberKinds[kind];
  if (numbers) return readNumbers(cursor, numbers, count);
  if (depth === 0) return fail(`${quoteOutside(key)} has lists in lists in lists`);
  return Array.from({ length: count }, () =>
    kind === stringKind ? cursor.string() : readArray(cursor, depth - 1, key, fail),
  );
};

const readValue = (cursor: HeaderCursor, key: string, fail: Fail): GgufValue => {
  const kind = cursor.uint32();
  if (kind === stringKind) return cursor.string();
  if (kind === arrayKind) return readArray(cursor, 2, key, fail);
  const number = numberKinds[kind];
  if (!number) return fail(`${quoteOutside(key)} has a value of the unknown kind ${kind}`);
  return number.read(cursor.bytes(number.bytes), 0);
};

/** The format's own limit. */
const maxKeyBytes = 2 ** 16 - 1;

/** Fewest bytes of an entry: its key's length, the kind, a value of one byte. */
const smallestEntry = 8 + 4 + 1;

/** Reads `count` entries. A key can't be one of an object's own names: the result has no prototype. */
export const readMetadata = (cursor: HeaderCursor, count: number, fail: Fail): GgufMetadata => {
  if (count > cursor.remaining() / smallestEntry) {
    fail(`its header claims ${count} metadata entries, more than the file has bytes for`);
  }
  const metadata: Record<string, GgufValue> = Object.create(null);
  for (let i = 0; i < count; i++) {
    const key = cursor.string(maxKeyBytes);
    if (key in metadata) fail(`its metadata has ${quoteOutside(key)} twice`);
    metadata[key] = readValue(cursor, key, fail);
  }
  return metadata;
};
