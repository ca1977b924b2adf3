import type { Stats } from "@accord-rl/core";
import { maskedCrc32c } from "./crc32c.ts";

/** A protobuf varint of a non-negative safe integer. */
const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
};

const lengthDelimited = (field: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);

const text = (field: number, content: string): Uint8Array => lengthDelimited(field, Buffer.from(content));

const double = (field: number, value: number): Uint8Array => {
  const bytes = Buffer.alloc(9);
  bytes[0] = field * 8 + 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
};

const float = (field: number, value: number): Uint8Array => {
  const bytes = Buffer.alloc(5);
  bytes[0] = field * 8 + 5;
  bytes.writeFloatLE(value, 1);
  return bytes;
};

/**
 * One record of a TFRecord file: length (uint64), masked CRC of the length, data, masked CRC of the data; little-endian.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
export const encodeRecord = (data: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(BigInt(data.length), 0);
  header.writeUInt32LE(maskedCrc32c(header.subarray(0, 8)), 8);
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(maskedCrc32c(data), 0);
  return Buffer.concat([header, data, footer]);
};

/** The record that begins every event file. @param wallTime  seconds since 1970. */
export const encodeFileVersion = (wallTime: number): Uint8Array =>
  encodeRecord(Buffer.concat([double(1, wallTime), text(3, "brain.Event:2")]));

/**
 * Scalars of one step as an event record.
 *
 *   Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }
 *
 * @param wallTime  seconds since 1970.
 */
export const encodeScalars = (wallTime: number, step: number, scalars: Stats): Uint8Array => {
  const values = Object.entries(scalars).map(([tag, value]) =>
    lengthDelimited(1, Buffer.concat([text(1, tag), float(2, value)])),
  );
  const stepField = step === 0 ? new Uint8Array() : Buffer.concat([varint(16), varint(step)]);
  return encodeRecord(
    Buffer.concat([double(1, wallTime), stepField, lengthDelimited(5, Buffer.concat(values))]),
  );
};
