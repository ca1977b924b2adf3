import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Compressors } from "hyparquet";
import { decompressZstd, compressors as others } from "hyparquet-compressors";

/** Reads no more than the page is said to hold, so that a page can't unpack to more than that. */
const limited =
  (decompress: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array) =>
  (input: Uint8Array, length: number): Uint8Array =>
    decompress(input, { maxOutputLength: Math.max(1, length) });

/** What pages are packed with: each gives at most the length that it is asked for. */
export const parquetCodecs: Compressors = {
  ...others,
  GZIP: limited(gunzipSync),
  BROTLI: limited(brotliDecompressSync),
  // Given where to write, it doesn't ask the frame how much that will be.
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
};

/** The content of a page. @throws whatever its codec throws, RangeError for another length than the header's. */
export const unpackPage = (packed: Uint8Array, codec: string, length: number): Uint8Array => {
  if (codec === "UNCOMPRESSED") return packed;
  const decompress = parquetCodecs[codec as keyof Compressors];
  if (!decompress) throw new RangeError(`is packed by ${codec}, which is not known`);
  const page = decompress(packed, length);
  if (page.length !== length)
    throw new RangeError(`a page unpacks to ${page.length} bytes, expected ${length}`);
  return page;
};
