import { link, mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AccordError, DataError, excerptOf, InvalidArgumentError, quoteOutside } from "@accord-rl/core";
import { createStaging, defaultCacheFolder, publish } from "./cache.ts";
import { hasCode } from "./failure.ts";
import { type HubAddress, hubAddress } from "./hub-address.ts";
import {
  type CachedModel,
  cachedModel,
  exists,
  findProblems,
  type Hashes,
  isCommit,
  rememberedCommit,
} from "./hub-cache.ts";
import { describeRepository, downloadFile, type HubFile, type HubRepository } from "./hub-client.ts";
import type { HubPatience } from "./hub-request.ts";

export interface FetchHubModelOptions {
  /** Branch, tag or commit. Default "main". */
  readonly revision?: string;
  /** Which files of the repository's top folder to bring. Default: `isModelFile`. */
  readonly wants?: (fileName: string) => boolean;
  /** Default: `defaultCacheFolder()`. */
  readonly cacheFolder?: string;
  /** Default: HF_ENDPOINT, else https://huggingface.co. */
  readonly endpoint?: string;
  /** For models with terms. Default: HF_TOKEN, else none. */
  readonly token?: string;
  /** Gets a line when something is fetched; default: silent. */
  readonly log?: (line: string) => void;
  readonly onProgress?: (progress: { readonly bytes: number; readonly totalBytes: number }) => void;
  /** How long a silent hub is waited for, and how often it is asked again. */
  readonly patience?: HubPatience;
}

/** Configuration, tokenizer, chat template, and weights as safetensors. */
export const isModelFile = (fileName: string): boolean =>
  fileName.endsWith(".safetensors") ||
  fileName === "chat_template.jinja" ||
  /^(config|generation_config|model\.safetensors\.index|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$/.test(
    fileName,
  );

const defaultEndpoint = "https://huggingface.co";
/** @throws InvalidArgumentError for what would be another address. */
const checkRevision = (revision: string): void => {
  if (/^[\w][^\p{C}\s?#%\\]{0,200}$/u.test(revision) && !revision.includes("..")) return;
  throw new InvalidArgumentError({
    argument: "revision",
    value: revision,
    message: `fetchHubModel: the revision is ${quoteOutside(revision)}, expected a branch, a tag or a commit`,
  });
};

/** @throws InvalidArgumentError unless it is "owner/name": a name goes into an address and into a path. */
const checkName = (name: string): void => {
  const parts = name.split("/");
  const isSafe = parts.every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part) && !part.includes(".."));
  if (isSafe && parts.length === 2) return;
  throw new InvalidArgumentError({
    argument: "name",
    value: name,
    message: `fetchHubModel: the name is ${quoteOutside(name)}, expected "owner/model"`,
  });
};

/** What is known of one request. */
interface Wanted {
  readonly name: string;
  readonly address: HubAddress;
  readonly cacheFolder: string;
  readonly cached: CachedModel;
  readonly options: FetchHubModelOptions;
}

/** Those of a repository's files that lie right in its folder and are wanted. Names from outside become paths. */
const chooseFiles = ({ files }: HubRepository, { name, address, options }: Wanted): readonly HubFile[] => {
  const { wants = isModelFile } = options;
  const chosen = files.filter((file) => /^[^./\\\p{C}][^/\\\p{C}]*$/u.test(file.name) && wants(file.name));
  if (chosen.length > 0) return chosen;
  const names = excerptOf(files.map((file) => file.name).join(", "));
  throw new DataError({
    path: address.endpoint,
    message: `"${name}" has none of the wanted files, but ${names}`,
  });
};

const downloadAll = async (
  files: readonly HubFile[],
  folder: string,
  { name, address, cached, options }: Wanted,
): Promise<Hashes> => {
  const totalBytes = files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
    options.onProgress?.({ bytes, totalBytes });
  };
  const hashes: Record<string, Hashes[string]> = {};
  for (const file of files) {
    const to = { path: join(folder, file.name), onBytes, patience: options.patience ?? {} };
    hashes[file.name] = await downloadFile(address, { name, commit: cached.commit, file }, to);
  }
  return hashes;
};

/** Puts a complete folder together beside the cache, of good files that are there and of new ones, and moves it in. */
const fetchFiles = async (missing: readonly HubFile[], present: Hashes, wanted: Wanted): Promise<void> => {
  const { cacheFolder, cached } = wanted;
  const isRepair = await exists(cached.folder);
  const staging = await createStaging(cacheFolder);
  try {
    const folder = join(staging, "model");
    await mkdir(folder);
    const fetched = await downloadAll(missing, folder, wanted);
    for (const file of Object.keys(present)) await link(join(cached.folder, file), join(folder, file));
    await cached.writeHashes({ ...present, ...fetched });
    if (await publish(folder, cached.folder)) return;
    if (!isRepair) return; // another process was first
    await rename(cached.folder, join(staging, "damaged"));
    await rename(folder, cached.folder);
  } catch (cause) {
    if (hasCode(cause, "ENOSPC", "EDQUOT")) {
      const message =
        "the disk is full; nothing was kept. Free space, or set ACCORD_CACHE to a folder that has it.";
      throw new DataError({ path: cached.folder, message, cause });
    }
    throw cause;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
};

/** Compares what is cached with the hub's list, and fetches what is not there or not right. */
const complete = async (repository: HubRepository, wanted: Wanted): Promise<void> => {
  const { name, cached, options } = wanted;
  const files = chooseFiles(repository, wanted);
  if (!(await exists(cached.folder))) {
    options.log?.(`fetching ${name} at ${cached.commit} into ${cached.folder}`);
    return fetchFiles(files, {}, wanted);
  }
  const recorded = await cached.readHashes();
  const expected = files.map((file) => ({ ...file, ...recorded?.[file.name] }));
  const { problems, hashes } = await findProblems(cached.folder, expected);
  if (problems.size === 0) {
    if (files.some((file) => recorded?.[file.name] === undefined))
      await cached.writeHashes({ ...recorded, ...hashes });
    return;
  }
  for (const [file, problem] of problems) options.log?.(`fetching ${file} of ${name} again: it ${problem}`);
  const kept = Object.entries({ ...recorded, ...hashes }).filter(([file]) => !problems.has(file));
  const isThere = await Promise.all(kept.map(([file]) => exists(join(cached.folder, file))));
  const present = Object.fromEntries(kept.filter((_, index) => isThere[index]));
  await fetchFiles(
    files.filter((file) => problems.has(file.name)),
    present,
    wanted,
  );
};

/** Checks that a cached folder can be used without the hub. @throws DataError where it is damaged. */
const isUsable = async (cached: CachedModel, reason: string): Promise<boolean> => {
  if (!(await exists(cached.folder))) return false;
  const recorded = await cached.readHashes();
  if (recorded === undefined) return true;
  const files = Object.entries(recorded).map(([name, hash]) => ({ name, blobSha1: undefined, ...hash }));
  const [damaged] = (await findProblems(cached.folder, files)).problems;
  if (damaged === undefined) return true;
  const message = `${damaged[0]} is damaged (it ${damaged[1]}) and can't be fetched again: ${reason}`;
  throw new DataError({ path: cached.folder, message });
};

/**
 * Fetches a model of the Hugging Face hub by its name, "owner/model", once per commit.
 *
 * Sizes and hashes are checked when a file comes and again on each call: sha256 of large files, git's sha1 of small ones,
 * and the sha256 that was recorded. A damaged file is fetched again, with one line. The folder appears in one step. A
 * branch is asked for on each call; when the hub can't be reached, the commit that it had last is used. Answers about a
 * repository may have 32 MiB; a file whose size the hub does not say may have 1 GiB.
 *
 * @returns the folder of its files, for `loadModel` and `loadTokenizer` of `@accord-rl/language-model`.
 * @throws DataError when it can't be fetched, InvalidArgumentError for what is no name, revision, token or endpoint.
 */
export const fetchHubModel = async (name: string, options: FetchHubModelOptions = {}): Promise<string> => {
  const { revision = "main", log, patience = {} } = options;
  checkName(name);
  checkRevision(revision);
  const address = hubAddress(
    options.endpoint ?? process.env.HF_ENDPOINT ?? defaultEndpoint,
    options.token ?? process.env.HF_TOKEN,
  );
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder());
  const at = (commit: string): Wanted => ({
    name,
    address,
    cacheFolder,
    cached: cachedModel(cacheFolder, name, commit),
    options,
  });
  const memory = rememberedCommit(cacheFolder, name, revision);
  if (isCommit(revision)) {
    const { cached } = at(revision);
    const recorded = await cached.readHashes();
    if (recorded !== undefined && (await isUsable(cached, "").catch(() => false))) return cached.folder;
  }
  let repository: HubRepository;
  try {
    repository = await describeRepository(address, name, revision, patience);
  } catch (error) {
    const commit = isCommit(revision) ? revision : await memory.read();
    const reason = AccordError.isInstance(error) ? error.message : "";
    if (commit === undefined || !(await isUsable(at(commit).cached, reason))) throw error;
    log?.(`the hub can't say what ${name} is at ${revision}; using ${commit}, fetched before`);
    return at(commit).cached.folder;
  }
  const wanted = at(repository.commit);
  await complete(repository, wanted);
  await memory.write(repository.commit);
  return wanted.cached.folder;
};
