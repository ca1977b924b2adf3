import { InvalidArgumentError } from "@accord-rl/core";
import type { GgufNumbers, GgufValue } from "@accord-rl/tokenizers";

/** A tensor that will follow the header. */
export interface TensorEntry {
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  /** The kind's number. */
  readonly id: number;
  readonly bytes: number;
}

/** Tensors, and the data as a whole, start at multiples of this. */
export const alignment = 32;

/** A number that is written as float32 though it may be whole. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Metadata to write: whole numbers from 0 on become uint32, others int32 or float32; lists keep their kind. */
export type WritableMetadata = Readonly<Record<string, GgufValue | Float>>;

const listKinds: readonly (readonly [new (length: number) => GgufNumbers, number])[] = [
  [Uint8Array, 0],
  [Int8Array, 1],
  [Uint16Array, 2],
  [Int16Array, 3],
  [Uint32Array, 4],
  [Int32Array, 5],
  [Float32Array, 6],
  [BigUint64Array, 10],
  [BigInt64Array, 11],
  [Float64Array, 12],
];

const textEncoder = new TextEncoder();

const integer = (bytes: 4 | 8, value: number | bigint): Uint8Array => {
  const result = new Uint8Array(bytes);
  const view = new DataView(result.buffer);
  if (bytes === 4) view.setUint32(0, Number(value), true);
  else view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return result;
};
const uint32 = (value: number): Uint8Array => integer(4, value);
const uint64 = (value: number | bigint): Uint8Array => integer(8, value);

const text = (value: string): Uint8Array[] => {
  const bytes = textEncoder.encode(value);
  return [uint64(bytes.length), bytes];
};

const float = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);

/** A value as its kind's number and its bytes. */
const encoded = (key: string, value: GgufValue | Float): readonly [kind: number, parts: Uint8Array[]] => {
  if (value instanceof Float) return [6, [float(value.value)]];
  if (typeof value === "string") return [8, text(value)];
  if (typeof value === "boolean") return [7, [Uint8Array.of(value ? 1 : 0)]];
  if (typeof value === "bigint") return [value < 0n ? 11 : 10, [uint64(value)]];
  if (typeof value === "number") return encodedNumber(value);
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength, length } = value;
    const kind = listKinds.find(([Numbers]) => value instanceof Numbers)?.[1] as number;
    return [9, [uint32(kind), uint64(length), new Uint8Array(buffer, byteOffset, byteLength)]];
  }
  const parts = value.map((element) => encoded(key, element));
  const kinds = new Set(parts.map(([kind]) => kind));
  if (kinds.size > 1) {
    throw new InvalidArgumentError({
      argument: "metadata",
      value: key,
      message: `saveGguf: "${key}" is a list of several kinds of values, expected one kind`,
    });
  }
  return [9, [uint32(parts[0]?.[0] ?? 8), uint64(value.length), ...parts.flatMap(([, bytes]) => bytes)]];
};

const encodedNumber = (value: number): readonly [kind: number, parts: Uint8Array[]] => {
  if (!Number.isInteger(value)) return [6, [float(value)]];
  if (value >= 0) return value < 2 ** 32 ? [4, [uint32(value)]] : [10, [uint64(BigInt(value))]];
  return value >= -(2 ** 31) ? [5, [uint32(value)]] : [11, [uint64(BigInt(value))]];
};

/** Bytes to add to reach a multiple of the alignment. */
export const padding = (bytes: number): Uint8Array =>
  new Uint8Array((alignment - (bytes % alignment)) % alignment);

/** Everything before the tensors, which follow in this order, each padded. */
export const ggufHeader = (metadata: WritableMetadata, tensors: readonly TensorEntry[]): Uint8Array => {
  const entries = Object.entries(metadata);
  const pieces = [textEncoder.encode("GGUF"), uint32(3), uint64(tensors.length), uint64(entries.length)];
  for (const [key, value] of entries) {
    const [kind, parts] = encoded(key, value);
    pieces.push(...text(key), uint32(kind), ...parts);
  }
  let offset = 0;
  for (const { name, shape, id, bytes } of tensors) {
    const dimensions = shape.toReversed().map(uint64);
    pieces.push(...text(name), uint32(shape.length), ...dimensions, uint32(id), uint64(offset));
    offset += bytes + padding(bytes).length;
  }
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return new Uint8Array(Buffer.concat([...pieces, padding(length)]));
};
