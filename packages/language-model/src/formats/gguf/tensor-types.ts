import { bfloatsToFloats, halfToFloat, halvesToFloats } from "@accord-rl/checkpoint";
import { unpackQ2K, unpackQ3K, unpackQ4K, unpackQ5K, unpackQ6K } from "./k-blocks.ts";

/** How a kind of tensor lies in a file: blocks of numbers, each of the same count of bytes. */
export interface TensorType {
  readonly name: string;
  /** The kind's number in a tensor's header. */
  readonly id: number;
  /** Numbers in a block. */
  readonly blockSize: number;
  readonly blockBytes: number;
  /**
   * The numbers of whole blocks.
   *
   * @param bytes   [blocks · blockBytes], at a multiple of 4 of its memory
   * @param target  [blocks · blockSize], is written
   */
  readonly unpack: (bytes: Uint8Array, target: Float32Array) => void;
}

/** A block's unpacking as a loop over blocks. */
const eachBlock =
  (
    blockSize: number,
    blockBytes: number,
    unpackBlock: (view: DataView, at: number, target: Float32Array, start: number) => void,
  ): TensorType["unpack"] =>
  (bytes, target) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const blocks = bytes.byteLength / blockBytes;
    for (let block = 0; block < blocks; block++) {
      unpackBlock(view, block * blockBytes, target, block * blockSize);
    }
  };

const blocked = (
  name: string,
  id: number,
  [blockSize, blockBytes]: readonly [number, number],
  unpackBlock: Parameters<typeof eachBlock>[2],
): TensorType => ({
  name,
  id,
  blockSize,
  blockBytes,
  unpack: eachBlock(blockSize, blockBytes, unpackBlock),
});

const half = (view: DataView, at: number): number => halfToFloat(view.getUint16(at, true));

export const f32: TensorType = {
  name: "F32",
  id: 0,
  blockSize: 1,
  blockBytes: 4,
  unpack: (bytes, target) =>
    target.set(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)),
};

const sixteenBits = (bytes: Uint8Array): Uint16Array =>
  new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);

const f16: TensorType = {
  name: "F16",
  id: 1,
  blockSize: 1,
  blockBytes: 2,
  unpack: (bytes, target) => target.set(halvesToFloats(sixteenBits(bytes))),
};

const bf16: TensorType = {
  name: "BF16",
  id: 30,
  blockSize: 1,
  blockBytes: 2,
  unpack: (bytes, target) => target.set(bfloatsToFloats(sixteenBits(bytes))),
};

/** The lower four bits of 16 bytes are a block's first half, the upper four its second. */
const nibbles = (view: DataView, at: number, use: (i: number, q: number) => void): void => {
  for (let i = 0; i < 16; i++) {
    const byte = view.getUint8(at + i);
    use(i, byte & 15);
    use(i + 16, byte >> 4);
  }
};

const q4_0 = blocked("Q4_0", 2, [32, 18], (view, at, target, start) => {
  const scale = half(view, at);
  nibbles(view, at + 2, (i, q) => {
    target[start + i] = scale * (q - 8);
  });
});

const q4_1 = blocked("Q4_1", 3, [32, 20], (view, at, target, start) => {
  const scale = half(view, at);
  const smallest = half(view, at + 2);
  nibbles(view, at + 4, (i, q) => {
    target[start + i] = scale * q + smallest;
  });
});

const q5_0 = blocked("Q5_0", 6, [32, 22], (view, at, target, start) => {
  const scale = half(view, at);
  const fifthBits = view.getUint32(at + 2, true);
  nibbles(view, at + 6, (i, q) => {
    target[start + i] = scale * ((q | (((fifthBits >>> i) & 1) << 4)) - 16);
  });
});

const q5_1 = blocked("Q5_1", 7, [32, 24], (view, at, target, start) => {
  const scale = half(view, at);
  const smallest = half(view, at + 2);
  const fifthBits = view.getUint32(at + 4, true);
  nibbles(view, at + 8, (i, q) => {
    target[start + i] = scale * (q | (((fifthBits >>> i) & 1) << 4)) + smallest;
  });
});

/** Sixteen levels that lie closer around zero. @see https://github.com/ggml-org/llama.cpp/pull/5590 */
const levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113] as const;

const iq4_nl = blocked("IQ4_NL", 20, [32, 18], (view, at, target, start) => {
  const scale = half(view, at);
  nibbles(view, at + 2, (i, q) => {
    target[start + i] = scale * levels[q]!;
  });
});

/** Eight parts of 32 levels, each with a scale of six bits: four in one place, two in another. */
const iq4_xs = blocked("IQ4_XS", 23, [256, 136], (view, at, target, start) => {
  const scale = half(view, at);
  const highBits = view.getUint16(at + 2, true);
  for (let part = 0; part < 8; part++) {
    const low = (view.getUint8(at + 4 + (part >> 1)) >> (4 * (part & 1))) & 15;
    const partScale = scale * ((low | (((highBits >> (2 * part)) & 3) << 4)) - 32);
    nibbles(view, at + 8 + 16 * part, (i, q) => {
      target[start + 32 * part + i] = partScale * levels[q]!;
    });
  }
});

const q8_0 = blocked("Q8_0", 8, [32, 34], (view, at, target, start) => {
  const scale = half(view, at);
  for (let i = 0; i < 32; i++) target[start + i] = scale * view.getInt8(at + 2 + i);
});

/** The blocks of a Q8_0 tensor as they are. */
export const eachQ8Block = (
  bytes: Uint8Array,
  use: (block: number, scale: number, values: Int8Array) => void,
): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0, at = 0; at < bytes.byteLength; block++, at += q8_0.blockBytes) {
    use(block, half(view, at), new Int8Array(bytes.buffer, bytes.byteOffset + at + 2, q8_0.blockSize));
  }
};

/** The kinds that can be read. */
export const tensorTypes: readonly TensorType[] = [
  f32,
  f16,
  bf16,
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  q8_0,
  iq4_nl,
  iq4_xs,
  blocked("Q2_K", 10, [256, 84], unpackQ2K),
  blocked("Q3_K", 11, [256, 110], unpackQ3K),
  blocked("Q4_K", 12, [256, 144], unpackQ4K),
  blocked("Q5_K", 13, [256, 176], unpackQ5K),
  blocked("Q6_K", 14, [256, 210], unpackQ6K),
];

/** Kinds that are known by name alone. */
const otherNames: Readonly<Record<number, string>> = {
  9: "Q8_1",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  21: "IQ3_S",
  22: "IQ2_S",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
};

const byId = new Map(tensorTypes.map((type) => [type.id, type]));

/** The kind with this number, where it can be read. */
export const tensorType = (id: number): TensorType | undefined => byId.get(id);

/** What a kind is called. */
export const tensorTypeName = (id: number): string =>
  byId.get(id)?.name ?? otherNames[id] ?? `of the unknown kind ${id}`;
