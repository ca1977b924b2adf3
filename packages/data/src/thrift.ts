/** A struct of Thrift's compact protocol: values by field id. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;
export type ThriftValue = boolean | number | Uint8Array | readonly ThriftValue[] | ThriftStruct;

/** Parquet's own structs are nine deep at most. */
const deepest = 32;

/** A value takes one of it, and what holds others four more: what is made of the bytes fits into memory. */
const budget = 2 ** 23;

/**
 * Reads one struct of Thrift's compact protocol, as parquet writes its headers. Nothing is taken from what the bytes
 * claim: a list of n items needs n bytes at least, a text of n bytes as many.
 *
 * @param start  where the struct begins. @returns the struct, and where it ends.
 * @throws RangeError where the bytes end first, are nested without end, or are no struct.
 */
export const readThrift = (bytes: Uint8Array, start = 0): { value: ThriftStruct; end: number } => {
  let at = start;
  let spent = 0;
  const spend = (cost: number): void => {
    spent += cost;
    if (spent > budget) throw new RangeError("holds too many values in one header");
  };
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError("ends within a header");
    return byte;
  };
  /** Unsigned LEB128; numbers beyond 2⁵³ lose their last bits, and are refused where they matter. */
  const readCount = (): number => {
    let result = 0;
    for (let power = 1, read = 0; read < 10; power *= 128, read++) {
      const byte = next();
      result += (byte & 0x7f) * power;
      if ((byte & 0x80) === 0) return result;
    }
    throw new RangeError("holds a number of more than ten bytes");
  };
  const readSigned = (): number => {
    const zigzag = readCount();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  };
  const readLength = (): number => {
    const length = readCount();
    if (length > bytes.length - at)
      throw new RangeError(`claims ${length} bytes or items where fewer are left`);
    return length;
  };
  const readStruct = (depth: number): ThriftStruct => {
    if (depth > deepest) throw new RangeError(`is nested more than ${deepest} deep`);
    spend(4);
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const byte = next();
      const type = byte & 15;
      if (type === 0) return fields;
      id = byte >> 4 ? id + (byte >> 4) : readSigned();
      spend(1);
      fields.set(id, readValue(type, depth + 1));
    }
  };
  const readList = (depth: number): ThriftValue[] => {
    const byte = next();
    const count = byte >> 4 === 15 ? readLength() : byte >> 4;
    const type = byte & 15;
    spend(4 + count);
    // A flag within a list is a byte of its own.
    return Array.from({ length: count }, () => (type < 3 ? next() === 1 : readValue(type, depth)));
  };
  const readValue = (type: number, depth: number): ThriftValue => {
    if (type === 1 || type === 2) return type === 1;
    if (type === 3) return (next() << 24) >> 24;
    if (type >= 4 && type <= 6) return readSigned();
    if (type === 7 || type === 8) {
      const length = type === 7 ? 8 : readLength();
      at += length;
      spend(4);
      if (at > bytes.length) throw new RangeError("ends within a number");
      return bytes.subarray(at - length, at);
    }
    if (type === 9) return readList(depth + 1);
    if (type === 12) return readStruct(depth + 1);
    throw new RangeError(`holds a value of the unknown type ${type}`);
  };
  const value = readStruct(0);
  return { value, end: at };
};
