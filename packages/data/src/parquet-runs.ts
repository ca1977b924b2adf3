const refuse = (message: string): never => {
  throw new RangeError(message);
};

/** Unsigned LEB128 of at most five bytes. */
const readVarint = (bytes: Uint8Array, start: number): [value: number, end: number] => {
  let value = 0;
  for (let at = start, power = 1; at < start + 5; at++, power *= 128) {
    const byte = bytes[at] ?? refuse("a page ends within a number");
    value += (byte & 0x7f) * power;
    if ((byte & 0x80) === 0) return [value, at + 1];
  }
  return refuse("a page holds a number of more than five bytes");
};

/**
 * Checks runs of equal or packed values: none is longer than the page, and where `isWhole`, they hold as many values as
 * it has.
 *
 * @param largest  of the values: their width follows from it.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings: RLE/bit-packing hybrid.
 */
export const checkRuns = (bytes: Uint8Array, largest: number, values: number, isWhole: boolean): void => {
  const width = Math.ceil(Math.log2(largest + 1));
  let seen = 0;
  for (let at = 0; at < bytes.length && seen < values; ) {
    const [header, begin] = readVarint(bytes, at);
    const isPacked = header % 2 === 1;
    const count = isPacked ? 8 * Math.floor(header / 2) : header / 2;
    if (count > values + 7) refuse(`a run claims ${count} values, in a page of ${values}`);
    seen += count;
    at = begin + (isPacked ? (count / 8) * width : Math.ceil(width / 8));
  }
  if (isWhole && seen < values) refuse(`levels end after ${seen} of ${values} values`);
};

/** Checks how differences are laid out: in blocks of a sensible size. */
export const checkDeltaHeader = (bytes: Uint8Array): void => {
  const [blockSize, afterSize] = readVarint(bytes, 0);
  const [miniblocks] = readVarint(bytes, afterSize);
  const isSound = blockSize >= 8 && blockSize <= 2 ** 16 && miniblocks >= 1 && miniblocks <= blockSize / 8;
  if (!isSound) refuse(`differences stand in blocks of ${blockSize} with ${miniblocks} parts`);
};
