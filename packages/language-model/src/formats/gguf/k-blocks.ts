import { halfToFloat } from "@accord-rl/checkpoint";

/**
 * The blocks of 256 numbers ("k-quants"): eight or sixteen parts, each with a small whole scale of its own under the
 * block's scale.
 *
 * @see https://github.com/ggml-org/llama.cpp/pull/1684
 */
type UnpackBlock = (view: DataView, at: number, target: Float32Array, start: number) => void;

const half = (view: DataView, at: number): number => halfToFloat(view.getUint16(at, true));

/** Scale and offset of part j of eight, six bits each, packed into twelve bytes. */
const scaleAndOffset = (view: DataView, at: number, j: number): readonly [number, number] => {
  const byte = (i: number) => view.getUint8(at + i);
  if (j < 4) return [byte(j) & 63, byte(j + 4) & 63];
  const low = byte(j + 4);
  return [(low & 15) | ((byte(j - 4) >> 6) << 4), (low >> 4) | ((byte(j) >> 6) << 4)];
};

/** Q4_K and Q5_K: scale · q − offset, eight parts of 32 numbers; bytes hold part 2k low and part 2k + 1 high. */
const unpackEight = (
  view: DataView,
  at: number,
  quantsAt: number,
  write: (i: number, value: number) => void,
  fifthBit: (part: number, i: number) => number,
): void => {
  const scale = half(view, at);
  const offsetScale = half(view, at + 2);
  for (let part = 0; part < 8; part++) {
    const [partScale, partOffset] = scaleAndOffset(view, at + 4, part);
    const factor = scale * partScale;
    const offset = offsetScale * partOffset;
    const bytesAt = quantsAt + 32 * (part >> 1);
    const shift = 4 * (part & 1);
    for (let i = 0; i < 32; i++) {
      const q = ((view.getUint8(bytesAt + i) >> shift) & 15) | (fifthBit(part, i) << 4);
      write(32 * part + i, factor * q - offset);
    }
  }
};

export const unpackQ4K: UnpackBlock = (view, at, target, start) => {
  const write = (i: number, value: number) => {
    target[start + i] = value;
  };
  unpackEight(view, at, at + 16, write, () => 0);
};

export const unpackQ5K: UnpackBlock = (view, at, target, start) => {
  const write = (i: number, value: number) => {
    target[start + i] = value;
  };
  unpackEight(view, at, at + 48, write, (part, i) => (view.getUint8(at + 16 + i) >> part) & 1);
};

/** The two bits of number i: a half of 128 numbers has four rows in 32 bytes. */
const twoBits = (view: DataView, at: number, i: number): number =>
  (view.getUint8(at + 32 * (i >> 7) + (i & 31)) >> (2 * ((i >> 5) & 3))) & 3;

/** Sixteen parts of 16 numbers: scale · q − offset, where q has two bits, and scale and offset four. */
export const unpackQ2K: UnpackBlock = (view, at, target, start) => {
  const scale = half(view, at + 80);
  const offsetScale = half(view, at + 82);
  for (let i = 0; i < 256; i++) {
    const both = view.getUint8(at + (i >> 4));
    target[start + i] = scale * (both & 15) * twoBits(view, at + 16, i) - offsetScale * (both >> 4);
  }
};

/** Sixteen parts of 16 numbers: scale · q, where q has three bits, the highest elsewhere, and the scale six. */
export const unpackQ3K: UnpackBlock = (view, at, target, start) => {
  const scale = half(view, at + 108);
  for (let i = 0; i < 256; i++) {
    const part = i >> 4;
    const low = (view.getUint8(at + 96 + (part & 7)) >> (4 * (part >> 3))) & 15;
    const high = (view.getUint8(at + 104 + (part & 3)) >> (2 * (part >> 2))) & 3;
    const third = (view.getUint8(at + (i & 31)) >> (i >> 5)) & 1;
    const q = (twoBits(view, at + 32, i) | (third << 2)) - 4;
    target[start + i] = scale * ((low | (high << 4)) - 32) * q;
  }
};

/** Sixteen parts of 16 numbers: scale · q, where q has six bits: four in one place, two in another. */
export const unpackQ6K: UnpackBlock = (view, at, target, start) => {
  const scale = half(view, at + 208);
  for (let i = 0; i < 256; i++) {
    const side = i >> 7; // the block's two halves of 128
    const row = (i >> 5) & 3; // of the four rows of 32 in a half
    const column = i & 31;
    const low = view.getUint8(at + 64 * side + 32 * (row & 1) + column) >> (4 * (row >> 1));
    const high = view.getUint8(at + 128 + 32 * side + column) >> (2 * row);
    const q = ((low & 15) | ((high & 3) << 4)) - 32;
    target[start + i] = scale * view.getInt8(at + 192 + (i >> 4)) * q;
  }
};
