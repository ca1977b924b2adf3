import { findDuplicateKey } from "./duplicate-key.ts";

/** Bytes per element of each dtype that can be read. */
export const dtypeBytes = { F32: 4, I32: 4, F16: 2, BF16: 2, I64: 8 } as const;
export type SafetensorsDtype = keyof typeof dtypeBytes;

/** One tensor of a header; offsets count from the first byte after it. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
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

/** Throws the caller's error: the parser knows the problem, the caller the path. */
export type Fail = (problem: string) => never;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isDtype = (value: unknown): value is SafetensorsDtype =>
  typeof value === "string" && Object.hasOwn(dtypeBytes, value);

const readMetadata = (value: unknown, fail: Fail): Readonly<Record<string, string>> => {
  if (!isObject(value) || Object.values(value).some((text) => typeof text !== "string")) {
    return fail("__metadata__ of its header is not an object of texts");
  }
  return value as Readonly<Record<string, string>>;
};

const readEntry = (name: string, value: unknown, dataBytes: number, fail: Fail): TensorEntry => {
  if (!isObject(value)) return fail(`header entry "${name}" is not an object`);
  const { dtype, shape, data_offsets: offsets, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return fail(`tensor "${name}" has an unknown field "${unknown}"`);
  if (!isDtype(dtype)) {
    const known = Object.keys(dtypeBytes).join(", ");
    return fail(`tensor "${name}" has dtype ${JSON.stringify(dtype)}, expected one of ${known}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return fail(`tensor "${name}" has shape ${JSON.stringify(shape)}, expected a list of sizes`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`tensor "${name}" has data_offsets ${JSON.stringify(offsets)}, expected [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    return fail(
      `tensor "${name}" has bytes ${begin} to ${end}, outside the ${dataBytes} that the file holds`,
    );
  }
  const bytes = shape.reduce((product, size) => product * size, 1) * dtypeBytes[dtype];
  if (bytes !== end - begin) {
    return fail(`tensor "${name}" of ${dtype} [${shape}] needs ${bytes} bytes, but has ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
};

/** The format wants the tensors to cover the data exactly: no overlap, no hole, nothing after the last. */
const checkCover = (entries: readonly TensorEntry[], dataBytes: number, fail: Fail): void => {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) fail(`tensor "${name}" overlaps the one before it at byte ${begin}`);
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
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
    header = JSON.parse(text);
  } catch (cause) {
    return fail(`its header is not JSON (${cause instanceof Error ? cause.message : cause})`);
  }
  if (!isObject(header)) return fail("its header is not a JSON object");
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) return fail(`its header has "${duplicate}" twice`);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value, dataBytes, fail));
  checkCover(entries, dataBytes, fail);
  const metadata = Object.hasOwn(header, "__metadata__") ? readMetadata(header.__metadata__, fail) : {};
  return { entries, metadata, dataStart };
};
