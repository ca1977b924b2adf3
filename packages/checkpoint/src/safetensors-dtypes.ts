import type { TensorData } from "@accord-rl/core";
import { bfloatsToFloats, halvesToFloats } from "./half-precision.ts";
import type { Fail } from "./safetensors-header.ts";
import { e4m3ToFloats, e5m2ToFloats } from "./small-floats.ts";

/** Reads a tensor's bytes, which start at a multiple of eight of their memory. */
type Read = (bytes: Uint8Array, name: string, fail: Fail) => TensorData["data"];

interface Dtype {
  /** Of one element. */
  readonly bits: number;
  /** Absent where no tensor here can hold the numbers. */
  readonly read?: Read;
}

interface NumberView {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayLike<number>;
}

const view = <T>(
  Kind: { readonly BYTES_PER_ELEMENT: number; new (b: ArrayBufferLike, at: number, length: number): T },
  { buffer, byteOffset, byteLength }: Uint8Array,
): T => new Kind(buffer, byteOffset, byteLength / Kind.BYTES_PER_ELEMENT);

/** Whole numbers of any width as int32. */
const integers =
  (Kind: NumberView): Read =>
  (bytes, name, fail) =>
    Int32Array.from(view(Kind, bytes), (value) =>
      value === (value | 0) ? value : fail(`tensor "${name}" holds ${value}, which int32 can't`),
    );

const longIntegers =
  (Kind: typeof BigInt64Array | typeof BigUint64Array): Read =>
  (bytes, name, fail) =>
    Int32Array.from(view<BigInt64Array | BigUint64Array>(Kind, bytes), (value) => {
      const narrow = Number(value);
      return narrow === (narrow | 0) ? narrow : fail(`tensor "${name}" holds ${value}, which int32 can't`);
    });

/** A number beyond float32's range would become infinite without a word. */
const doubles: Read = (bytes, name, fail) =>
  Float32Array.from(view(Float64Array, bytes), (value) =>
    Number.isFinite(value) && !Number.isFinite(Math.fround(value))
      ? fail(`tensor "${name}" holds ${value}, which float32 can't`)
      : value,
  );

/** Every dtype of the format. @see https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs */
export const dtypes: Readonly<Record<string, Dtype>> = {
  F32: { bits: 32, read: (bytes) => view(Float32Array, bytes) },
  F16: { bits: 16, read: (bytes) => halvesToFloats(view(Uint16Array, bytes)) },
  BF16: { bits: 16, read: (bytes) => bfloatsToFloats(view(Uint16Array, bytes)) },
  F64: { bits: 64, read: doubles },
  F8_E4M3: { bits: 8, read: (bytes) => e4m3ToFloats(bytes) },
  F8_E5M2: { bits: 8, read: (bytes) => e5m2ToFloats(bytes) },
  I32: { bits: 32, read: (bytes) => view(Int32Array, bytes) },
  I64: { bits: 64, read: longIntegers(BigInt64Array) },
  U64: { bits: 64, read: longIntegers(BigUint64Array) },
  U32: { bits: 32, read: integers(Uint32Array) },
  I16: { bits: 16, read: integers(Int16Array) },
  U16: { bits: 16, read: integers(Uint16Array) },
  I8: { bits: 8, read: integers(Int8Array) },
  U8: { bits: 8, read: integers(Uint8Array) },
  BOOL: { bits: 8, read: integers(Uint8Array) },
  C64: { bits: 64 },
  F8_E8M0: { bits: 8 },
  F6_E2M3: { bits: 6 },
  F6_E3M2: { bits: 6 },
  F4: { bits: 4 },
};
