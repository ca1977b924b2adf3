import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { DataError } from "@accord-rl/core";

/** A file of a repository. */
export interface HubFile {
  readonly name: string;
  /** Absent where the hub doesn't say. */
  readonly bytes: number | undefined;
  /** Known of large files. */
  readonly sha256: string | undefined;
}

export interface HubRepository {
  /** The commit. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

export interface HubAddress {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a status means to who asked. */
const explainStatus = (status: number): string => {
  if (status === 401 || status === 403) {
    return `access is refused (${status}); accept the model's terms on its page, and set HF_TOKEN`;
  }
  if (status === 404) return "there is no such model, revision or file (404); check the name";
  return `the hub answered ${status}; try again later`;
};

/** @throws DataError that names the address when the hub can't be reached or says no. */
const request = async (url: string, { token }: HubAddress): Promise<Response> => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = () => fetch(url, { headers });
  // Asked twice: a connection that was kept open may have been closed meanwhile.
  const response = await ask()
    .catch(ask)
    .catch((cause: unknown) => {
      const reason =
        cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new DataError({
        path: url,
        message: `the hub can't be reached (${reason}); is this machine online?`,
        cause,
      });
    });
  if (!response.ok) throw new DataError({ path: url, message: explainStatus(response.status) });
  return response;
};

const readFile = (value: unknown, url: string): HubFile => {
  const name = isObject(value) ? value.rfilename : undefined;
  if (!isObject(value) || typeof name !== "string") {
    throw new DataError({ path: url, message: "the hub lists a file without a name" });
  }
  const lfs = isObject(value.lfs) ? value.lfs : {};
  const bytes = lfs.size ?? value.size;
  return {
    name,
    bytes: typeof bytes === "number" ? bytes : undefined,
    sha256: typeof lfs.sha256 === "string" ? lfs.sha256 : undefined,
  };
};

/** What a repository holds at a revision. */
export const describeRepository = async (
  address: HubAddress,
  name: string,
  revision: string,
): Promise<HubRepository> => {
  const url = `${address.endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await request(url, address);
  const answer: unknown = await response.json().catch(() => undefined);
  if (!isObject(answer) || typeof answer.sha !== "string" || !Array.isArray(answer.siblings)) {
    throw new DataError({
      path: url,
      message: "the answer is no description of a model; check the endpoint",
    });
  }
  if (!/^[0-9a-f]{40}$/.test(answer.sha)) {
    throw new DataError({
      path: url,
      message: `the commit is ${JSON.stringify(answer.sha)}, expected 40 hex digits`,
    });
  }
  return { commit: answer.sha, files: answer.siblings.map((file) => readFile(file, url)) };
};

/** Brings a file, piece by piece, and checks its size and hash as far as they are known. */
export const downloadFile = async (
  address: HubAddress,
  { name, commit, file }: { readonly name: string; readonly commit: string; readonly file: HubFile },
  { path, onBytes }: { readonly path: string; readonly onBytes: (count: number) => void },
): Promise<void> => {
  const url = `${address.endpoint}/${name}/resolve/${commit}/${encodeURIComponent(file.name)}`;
  const { body } = await request(url, address);
  const hash = createHash("sha256");
  let bytes = 0;
  const handle = await open(path, "wx");
  try {
    for await (const piece of body ?? []) {
      const { length } = piece as Uint8Array;
      bytes += length;
      if (bytes > (file.bytes ?? Number.POSITIVE_INFINITY)) break;
      hash.update(piece as Uint8Array);
      await handle.writeFile(piece as Uint8Array);
      onBytes(length);
    }
    await handle.sync();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOSPC") throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError({ path: url, message: `the download broke off (${reason}); try again`, cause });
  } finally {
    await handle.close();
  }
  if (file.bytes !== undefined && bytes !== file.bytes) {
    throw new DataError({
      path: url,
      message: `it has ${bytes} bytes or more, expected ${file.bytes}; try again`,
    });
  }
  const sha256 = hash.digest("hex");
  if (file.sha256 !== undefined && sha256 !== file.sha256) {
    throw new DataError({
      path: url,
      message: `its sha256 is ${sha256}, expected ${file.sha256}; try again`,
    });
  }
};
