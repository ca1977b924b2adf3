import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/tensorboard.json" with { type: "json" };
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import { encodeFileVersion, encodeRecord, encodeScalars } from "./tensorboard.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

describe("CRC-32C", () => {
  // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  test.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 ones", new Uint8Array(32).fill(255), 0x62a8ab43],
    ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ["123456789", Buffer.from("123456789"), 0xe3069283],
  ])("%s", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
    // The mask can be undone: subtract the constant, rotate left by 15.
    const rotated = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
    expect(((rotated << 15) | (rotated >>> 17)) >>> 0).toBe(expected);
  });
});

test("a record is framed by its length and two checksums", () => {
  const data = Buffer.from("abc");
  const record = Buffer.from(encodeRecord(data));
  expect(record).toHaveLength(8 + 4 + 3 + 4);
  expect(record.readBigUInt64LE(0)).toBe(3n);
  expect(record.readUInt32LE(8)).toBe(maskedCrc32c(record.subarray(0, 8)));
  expect(record.subarray(12, 15)).toEqual(data);
  expect(record.readUInt32LE(15)).toBe(maskedCrc32c(data));
});

test("the bytes are those of TensorBoard's own writer", () => {
  expect(base64(encodeFileVersion(golden.inputs.fileVersionWallTime))).toBe(golden.outputs.fileVersion);
  golden.inputs.cases.forEach(({ wallTime, step, scalars }, index) => {
    expect(base64(encodeScalars(wallTime, step, scalars as Record<string, number>))).toBe(
      golden.outputs.records[index],
    );
  });
});
