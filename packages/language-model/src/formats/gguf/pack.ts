/** How numbers are stored in a GGUF file: `f16` or `q8_0`. */
export interface GgufPacking {
  readonly name: "F16" | "Q8_0";
  /** The kind's number in a tensor's header. */
  readonly id: number;
  /** What general.file_type says of a file whose matrices are of this kind. */
  readonly fileType: number;
  readonly blockSize: number;
  readonly blockBytes: number;
  /** @param numbers  a multiple of `blockSize` */
  readonly pack: (numbers: Float32Array) => Uint8Array;
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** The bits of the nearest binary16, ties to even. Beyond its range: infinity. */
export const floatToHalf = (value: number): number => {
  scratch[0] = value;
  const bits = scratchBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // not a number
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 2¹⁶ and more
  if (magnitude < 0x38800000) return sign | subnormalHalf(Math.abs(scratch[0])); // below 2⁻¹⁴
  // Rebase the exponent from 127 to 15, then round away the lower 13 bits; a carry moves into the exponent rightly.
  const rebased = magnitude - 0x38000000;
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
};

/** Multiples of 2⁻²⁴, ties to even. */
const subnormalHalf = (magnitude: number): number => {
  const steps = magnitude * 2 ** 24;
  const below = Math.floor(steps);
  const rest = steps - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
};

/** IEEE 754 binary16: half the size; numbers keep 11 bits. */
export const f16: GgufPacking = {
  name: "F16",
  id: 1,
  fileType: 1,
  blockSize: 1,
  blockBytes: 2,
  pack: (numbers) => {
    const halves = new Uint16Array(numbers.length);
    for (let i = 0; i < halves.length; i++) halves[i] = floatToHalf(numbers[i] as number);
    return new Uint8Array(halves.buffer);
  },
};

/** Half away from zero, as C's roundf. */
const roundHalfAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

/** Blocks of 32 whole numbers of 8 bits with a binary16 scale max|x| / 127: 8.5 bits a number. */
export const q8_0: GgufPacking = {
  name: "Q8_0",
  id: 8,
  fileType: 7,
  blockSize: 32,
  blockBytes: 34,
  pack: (numbers) => {
    const bytes = new Uint8Array((numbers.length / 32) * 34);
    const view = new DataView(bytes.buffer);
    for (let start = 0, at = 0; start < numbers.length; start += 32, at += 34) {
      let largest = 0;
      for (let i = start; i < start + 32; i++) largest = Math.max(largest, Math.abs(numbers[i] as number));
      const scale = Math.fround(largest / 127);
      const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
      view.setUint16(at, floatToHalf(scale), true);
      for (let i = 0; i < 32; i++) {
        view.setInt8(at + 2 + i, roundHalfAway(Math.fround((numbers[start + i] as number) * inverse)));
      }
    }
    return bytes;
  },
};
