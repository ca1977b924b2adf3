/** IEEE 754 binary16 as float32: every one of its values is exact there. */
export const halfToFloat = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24; // zero and subnormals
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** bfloat16 as float32: it is the upper half of one. */
export const bfloatToFloat = (bits: number): number => {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
};

const scratch = new DataView(new ArrayBuffer(4));

let halfTable: Float32Array | undefined;

/** binary16 numbers as float32, through a table of all 65,536. */
export const halvesToFloats = (halves: Uint16Array): Float32Array => {
  halfTable ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToFloat(bits));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < floats.length; i++) floats[i] = halfTable[halves[i]!]!;
  return floats;
};

/** bfloat16 numbers as float32. */
export const bfloatsToFloats = (halves: Uint16Array): Float32Array => {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
};
