import type { Random } from "@accord-rl/core";

/** Numbers at which readers tend to break: ends of ranges, and sizes that no file has. */
const awkward = [
  0n,
  1n,
  127n,
  128n,
  255n,
  65535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** More often near the start, where headers are. */
const position = (length: number, random: Random): number => {
  const reach = random.integer(2) === 0 ? length : Math.min(length, 2 ** (4 + random.integer(12)));
  return reach === 0 ? 0 : random.integer(reach);
};

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const changed = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = bytes.slice();
  change(copy);
  return copy;
};

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const flipBit: Mutation = (bytes, random) =>
  changed(bytes, (copy) => {
    const at = position(copy.length, random);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(8));
  });

const randomByte: Mutation = (bytes, random) =>
  changed(bytes, (copy) => {
    copy[position(copy.length, random)] = random.integer(256);
  });

const awkwardNumber: Mutation = (bytes, random) =>
  changed(bytes, (copy) => {
    const width = [1, 2, 4, 8][random.integer(4)] as number;
    if (copy.length < width) return;
    const at = position(copy.length - width + 1, random);
    const value = awkward[random.integer(awkward.length)] as bigint;
    for (let i = 0; i < width; i++) copy[at + i] = Number((value >> BigInt(8 * i)) & 255n);
  });

/** Numbers in text: JSON's sizes and offsets. */
const awkwardDigits: Mutation = (bytes, random) => {
  const start = position(bytes.length, random);
  const from = bytes.subarray(start).findIndex((byte) => byte >= 0x30 && byte <= 0x39);
  if (from < 0) return randomByte(bytes, random);
  const at = start + from;
  const length = bytes.subarray(at).findIndex((byte) => byte < 0x30 || byte > 0x39);
  const text = [...awkward.map(String), "-1", "1e99", "0.5", '"7"', "null", "[]"][
    random.integer(awkward.length + 6)
  ];
  return joined(bytes.subarray(0, at), Buffer.from(text as string), bytes.subarray(at + Math.max(length, 1)));
};

const cut: Mutation = (bytes, random) => bytes.slice(0, position(bytes.length, random));

const removed: Mutation = (bytes, random) => {
  const at = position(bytes.length, random);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(16)));
};

const repeated: Mutation = (bytes, random) => {
  const at = position(bytes.length, random);
  const end = at + 1 + random.integer(64);
  return joined(bytes.subarray(0, end), bytes.subarray(at));
};

const inserted: Mutation = (bytes, random) => {
  const at = position(bytes.length, random);
  const noise = Uint8Array.from({ length: 1 + random.integer(16) }, () => random.integer(256));
  return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
};

/** Bytes of one place in another: plausible, but wrong. */
const copied: Mutation = (bytes, random) =>
  changed(bytes, (copy) => {
    const from = position(copy.length, random);
    const to = position(copy.length, random);
    const length = Math.min(1 + random.integer(32), copy.length - to);
    copy.set(bytes.subarray(from, from + length), to);
  });

const mutations = [
  flipBit,
  randomByte,
  awkwardNumber,
  awkwardNumber,
  awkwardDigits,
  cut,
  removed,
  repeated,
  inserted,
  copied,
] as const;

/** A file with one to four damages. */
export const mutate: Mutation = (bytes, random) => {
  let result = bytes;
  for (let count = 1 + random.integer(4); count > 0; count--) {
    result = (mutations[random.integer(mutations.length)] as Mutation)(result, random);
  }
  return result;
};
