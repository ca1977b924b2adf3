import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError } from "@accord-rl/core";
import { reasonOf } from "./reason-of.ts";

const chunkBytes = 2 ** 16;

/** What a packed file may unpack to: text seldom shrinks to less than a tenth. */
const unpackedAllowance = { fixed: 2 ** 25, each: 100 };

/** What other packed files begin with, and how to unpack them. */
const otherPackings: readonly (readonly [start: readonly number[], name: string, command: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd", "unzstd"],
  [[0x42, 0x5a, 0x68], "bzip2", "bunzip2"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz", "unxz"],
  [[0x50, 0x4b, 0x03, 0x04], "zip (spreadsheets of .xlsx are, too)", "unzip"],
];

const startOf = async (path: string): Promise<Uint8Array> => {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
};

/** Unpacks gzip, and stops where a few bytes unpack to very many. */
async function* unpack(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = createReadStream(path, { highWaterMark: chunkBytes });
  const unpacked = pipeline(packed, createGunzip({ chunkSize: chunkBytes }), () => {});
  let total = 0;
  try {
    for await (const bytes of unpacked as AsyncIterable<Uint8Array>) {
      total += bytes.length;
      const most = unpackedAllowance.fixed + unpackedAllowance.each * packed.bytesRead;
      if (total > most) {
        const message = `unpacks to more than ${unpackedAllowance.each} times its size; if that is meant, unpack it first (gunzip)`;
        throw new DataError({ path, message });
      }
      yield bytes;
    }
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (!code.startsWith("Z_")) throw cause;
    throw new DataError({ path, message: `not gzip, or cut (${reasonOf(cause)})`, cause });
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

/**
 * The bytes of a file in pieces; a gzip file is unpacked, whatever its name.
 * @throws DataError when it can't be read or unpacked.
 */
export async function* streamBytes(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const start = await startOf(path);
    const isPacked = start[0] === 0x1f && start[1] === 0x8b;
    const other = otherPackings.find(([bytes]) => bytes.every((byte, i) => start[i] === byte));
    if (other)
      throw new DataError({
        path,
        message: `is packed as ${other[1]}, which is not read; unpack it first (${other[2]})`,
      });
    if (isPacked) yield* unpack(path);
    else yield* createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (DataError.isInstance(cause)) throw cause;
    throw new DataError({ path, message: `can't be read (${reasonOf(cause)})`, cause });
  }
}
