import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, truncate } from "node:fs/promises";
import { DataError, excerptOf, parseJson } from "@accord-rl/core";
import type { HubAddress } from "./hub-address.ts";
import { askHub, type HubPatience } from "./hub-request.ts";

/** A file of a repository. */
export interface HubFile {
  readonly name: string;
  /** Absent where the hub doesn't say. */
  readonly bytes: number | undefined;
  /** Known of large files. */
  readonly sha256: string | undefined;
  /** Git's name of the content; known of small files. */
  readonly blobSha1: string | undefined;
}

export interface HubRepository {
  /** The commit. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** A repository of 10,000 files takes about 3 MB. */
const mostListing = 32 * 2 ** 20;
/** A file whose size the hub does not say. */
const mostUnknown = 2 ** 30;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const hex = (value: unknown, digits: number): string | undefined =>
  typeof value === "string" && value.length === digits && /^[0-9a-f]+$/.test(value) ? value : undefined;

const readFile = (value: unknown, url: string): HubFile => {
  const name = isObject(value) ? value.rfilename : undefined;
  if (!isObject(value) || typeof name !== "string") {
    throw new DataError({ path: url, message: "the hub lists a file without a name" });
  }
  const lfs = isObject(value.lfs) ? value.lfs : undefined;
  const bytes = lfs?.size ?? value.size;
  return {
    name,
    bytes: Number.isSafeInteger(bytes) && Number(bytes) >= 0 ? Number(bytes) : undefined,
    sha256: hex(lfs?.sha256, 64),
    blobSha1: lfs === undefined ? hex(value.blobId, 40) : undefined, // of a large file, it is that of a pointer
  };
};

const readListing = async (url: string, pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > mostListing) {
      throw new DataError({
        path: url,
        message: `the answer has over ${mostListing} bytes; check the endpoint`,
      });
    }
    parts.push(piece);
  }
  return Buffer.concat(parts).toString("utf8");
};

/** What a repository holds at a revision. */
export const describeRepository = async (
  address: HubAddress,
  name: string,
  revision: string,
  patience: HubPatience,
): Promise<HubRepository> => {
  const url = `${address.endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const fail = (message: string): never => {
    throw new DataError({ path: url, message });
  };
  const text = await askHub(url, address, patience, (_, pieces) => readListing(url, pieces));
  const answer = parseJson(text, () => fail("the answer is no description of a model; check the endpoint"));
  if (!isObject(answer) || typeof answer.sha !== "string" || !Array.isArray(answer.siblings)) {
    return fail("the answer is no description of a model; check the endpoint");
  }
  const commit =
    hex(answer.sha, 40) ?? fail(`the commit is "${excerptOf(answer.sha)}", expected 40 hex digits`);
  const files = new Map(answer.siblings.map((file) => readFile(file, url)).map((file) => [file.name, file]));
  return { commit, files: [...files.values()] };
};

/** Hashes of a growing file. */
interface Digests {
  readonly sha256: Hash;
  /** Git puts the size before the content. */
  readonly blobSha1: Hash;
}

export const beginDigests = (bytes: number): Digests => ({
  sha256: createHash("sha256"),
  blobSha1: createHash("sha1").update(`blob ${bytes}\0`),
});

/** What is wrong with a file; undefined = nothing that is known of it. */
export const difference = (
  file: Omit<HubFile, "name">,
  bytes: number,
  found: { readonly sha256: string; readonly blobSha1: string },
): string | undefined => {
  if (file.bytes !== undefined && bytes !== file.bytes) return `has ${bytes} bytes, expected ${file.bytes}`;
  if (file.sha256 !== undefined && found.sha256 !== file.sha256) {
    return `has sha256 ${found.sha256}, expected ${file.sha256}`;
  }
  if (file.bytes !== undefined && file.blobSha1 !== undefined && found.blobSha1 !== file.blobSha1) {
    return `has git's sha1 ${found.blobSha1}, expected ${file.blobSha1}`;
  }
  return undefined;
};

/** A download under way; it goes on where a connection broke. */
interface Growing {
  bytes: number;
  digests: Digests;
}

const writePieces = async (
  pieces: AsyncIterable<Uint8Array>,
  {
    handle,
    growing,
    most,
    onBytes,
  }: { handle: FileHandle; growing: Growing; most: number; onBytes: (count: number) => void },
): Promise<void> => {
  for await (const piece of pieces) {
    growing.bytes += piece.length;
    onBytes(piece.length);
    if (growing.bytes > most) break;
    growing.digests.sha256.update(piece);
    growing.digests.blobSha1.update(piece);
    await handle.writeFile(piece);
  }
};

/** Brings a file, piece by piece, and checks its size and hash as far as they are known. @returns its sha256, hex. */
export const downloadFile = async (
  address: HubAddress,
  { name, commit, file }: { readonly name: string; readonly commit: string; readonly file: HubFile },
  {
    path,
    onBytes,
    patience,
  }: { readonly path: string; readonly onBytes: (count: number) => void; readonly patience: HubPatience },
): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  const url = `${address.endpoint}/${name}/resolve/${commit}/${encodeURIComponent(file.name)}`;
  const most = file.bytes ?? mostUnknown;
  const begin = (): Growing => ({ bytes: 0, digests: beginDigests(file.bytes ?? 0) });
  let growing = begin();
  const handle = await open(path, "ax");
  try {
    const read = async (response: Response, pieces: AsyncIterable<Uint8Array>) => {
      const isContinued =
        response.status === 206 &&
        response.headers.get("content-range")?.startsWith(`bytes ${growing.bytes}-`);
      if (growing.bytes > 0 && !isContinued) {
        onBytes(-growing.bytes);
        growing = begin();
        await truncate(path, 0);
      }
      await writePieces(pieces, { handle, growing, most, onBytes });
    };
    await askHub(url, address, patience, read, () =>
      growing.bytes > 0 ? { range: `bytes=${growing.bytes}-` } : ({} as Record<string, string>),
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
  const { bytes, digests } = growing;
  if (bytes > most) {
    throw new DataError({ path: url, message: `it has ${bytes} bytes or more, expected ${most}; try again` });
  }
  const found = { sha256: digests.sha256.digest("hex"), blobSha1: digests.blobSha1.digest("hex") };
  const problem = difference(file, bytes, found);
  if (problem !== undefined) throw new DataError({ path: url, message: `it ${problem}; try again` });
  return { bytes, sha256: found.sha256 };
};
