/** The parts of a floating-point number of eight bits. */
interface Layout {
  readonly fractionBits: number;
  readonly bias: number;
}

/** Sign, exponent and fraction as a number; what the format keeps for infinities and NaN is the caller's. */
const decoded = (bits: number, { fractionBits, bias }: Layout): number => {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits & 0x7f) >> fractionBits;
  const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
};

/** Without infinities: all ones is NaN. @see Micikevicius et al. 2022. https://arxiv.org/abs/2209.05433 */
const e4m3 = (bits: number): number =>
  (bits & 0x7f) === 0x7f ? Number.NaN : decoded(bits, { fractionBits: 3, bias: 7 });

/** As IEEE 754 would have it: the highest exponent is for infinities and NaN. */
const e5m2 = (bits: number): number => {
  if ((bits & 0x7c) !== 0x7c) return decoded(bits, { fractionBits: 2, bias: 15 });
  if ((bits & 3) !== 0) return Number.NaN;
  return bits & 0x80 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
};

const decoder = (decode: (bits: number) => number) => {
  let table: Float32Array | undefined;
  return (bytes: Uint8Array): Float32Array => {
    table ??= Float32Array.from({ length: 256 }, (_, bits) => decode(bits));
    const floats = new Float32Array(bytes.length);
    for (let i = 0; i < floats.length; i++) floats[i] = table[bytes[i]!]!;
    return floats;
  };
};

/** float8 with four bits of exponent (F8_E4M3, torch.float8_e4m3fn) as float32: every value is exact there. */
export const e4m3ToFloats = decoder(e4m3);

/** float8 with five bits of exponent (F8_E5M2, torch.float8_e5m2) as float32: every value is exact there. */
export const e5m2ToFloats = decoder(e5m2);
