import { parseJson, quoteOutside } from "@accord-rl/core";
import { findDuplicateKey } from "./duplicate-key.ts";
import { dtypes } from "./safetensors-dtypes.ts";

/** One tensor of a header; offsets count from the first byte after it. */
export interface TensorEntry {
  readonly name: string;
  /** One of the format's; not all of them can be read. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors' bytes start in the file. */
  readonly dataStart: number;
}

/** The format's own limit. */
const maxHeaderBytes = 100_000_000;
/** A longer name is damage: the longest in use have some hundred characters. */
const maxNameLength = 10_000;

/** Metadata are texts: nothing nests deeper than a tensor's shape. */
const headerBounds = { maxDepth: 16, maxLength: maxHeaderBytes };

/** Throws the caller's error: the parser knows the problem, the caller the path. */
export type Fail = (problem: string) => never;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isDtype = (value: unknown): value is string =>
  typeof value === "string" && Object.hasOwn(dtypes, value);

const readMetadata = (value: unknown, fail: Fail): Readonly<Record<string, string>> => {
  if (!isObject(value) || Object.values(value).some((text) => typeof text !== "string")) {
    return fail("__metadata__ of its header is not an object of texts");
  }
  return value as Readonly<Record<string, string>>;
};

const readEntry = (name: string, value: unknown, dataBytes: number, failEntry: Fail): TensorEntry => {
  const quoted = quoteOutside(name);
  const fail: Fail = (problem) => failEntry(`tensor ${quoted} ${problem}`);
  if (name.length > maxNameLength) return fail(`has a name of ${name.length} characters`);
  if (!isObject(value)) return fail("has a header entry that is not an object");
  const { dtype, shape, data_offsets: offsets, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return fail(`has an unknown field ${quoteOutside(unknown)}`);
  if (!isDtype(dtype)) {
    return fail(`has dtype ${quoteOutside(dtype)}, expected one of ${Object.keys(dtypes).join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return fail(`has shape ${quoteOutside(shape)}, expected a list of sizes`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`has data_offsets ${quoteOutside(offsets)}, expected [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    return fail(`has bytes ${begin} to ${end}, outside the ${dataBytes} that the file holds`);
  }
  const size = shape.reduce((product, length) => product * length, 1);
  const bytes = (size * (dtypes[dtype]?.bits ?? 0)) / 8;
  if (bytes !== end - begin) {
    return fail(`of ${dtype} ${quoteOutside(shape)} needs ${bytes} bytes, but has ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
};

/** The format wants the tensors to cover the data exactly: no overlap, no hole, nothing after the last. */
const checkCover = (entries: readonly TensorEntry[], dataBytes: number, fail: Fail): void => {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) fail(`tensor ${quoteOutside(name)} overlaps the one before it at byte ${begin}`);
    if (begin > covered) fail(`bytes ${covered} to ${begin} of its data belong to no tensor`);
    covered = end;
  }
  if (covered !== dataBytes) fail(`${dataBytes - covered} bytes follow its last tensor`);
};

/** How many bytes the header has after the eight that say so. @param first the file's first eight bytes, or all */
export const headerLength = (first: Uint8Array, fileBytes: number, fail: Fail): number => {
  if (fileBytes < 8) {
    return fail(`it has ${fileBytes} bytes, a safetensors file has at least 8; it is cut or another format`);
  }
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  const available = Math.min(fileBytes - 8, maxHeaderBytes);
  return length > BigInt(available)
    ? fail(`its header claims ${length} bytes where at most ${available} can be; it is cut or another format`)
    : Number(length);
};

/**
 * Reads and checks the header of a safetensors file: after it, every entry can be read without another check.
 *
 * @param bytes      the file, or at least its header
 * @param fileBytes  the file's size
 * @see https://github.com/huggingface/safetensors#format
 */
export const parseSafetensorsHeader = (
  bytes: Uint8Array,
  fail: Fail,
  fileBytes = bytes.byteLength,
): SafetensorsHeader => {
  const dataStart = 8 + headerLength(bytes, fileBytes, fail);
  const dataBytes = fileBytes - dataStart;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
  } catch {
    return fail("its header is not UTF-8 text");
  }
  const header = parseJson(text, (problem) => fail(`its header is not usable: ${problem}`), headerBounds);
  if (!isObject(header)) return fail("its header is not a JSON object");
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) return fail(`its header has ${quoteOutside(duplicate)} twice`);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value, dataBytes, fail));
  checkCover(entries, dataBytes, fail);
  const metadata = Object.hasOwn(header, "__metadata__") ? readMetadata(header.__metadata__, fail) : {};
  return { entries, metadata, dataStart };
};
