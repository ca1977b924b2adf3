import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataError, InvalidArgumentError } from "@accord-rl/core";
import { createStaging, defaultCacheFolder, publish } from "./cache.ts";
import { hasCode } from "./failure.ts";
import { describeRepository, downloadFile, type HubAddress, type HubRepository } from "./hub-client.ts";

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
}

/** Configuration, tokenizer, chat template, and weights as safetensors. */
export const isModelFile = (fileName: string): boolean =>
  fileName.endsWith(".safetensors") ||
  fileName === "chat_template.jinja" ||
  /^(config|generation_config|model\.safetensors\.index|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$/.test(
    fileName,
  );

const defaultEndpoint = "https://huggingface.co";
const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** @throws InvalidArgumentError unless it is "owner/name": a name goes into an address and into a path. */
const checkName = (name: string): void => {
  const parts = name.split("/");
  const isSafe = parts.every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part) && !part.includes(".."));
  if (isSafe && parts.length === 2) return;
  throw new InvalidArgumentError({
    argument: "name",
    value: name,
    message: `fetchHubModel: the name is ${JSON.stringify(name)}, expected "owner/model"`,
  });
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Commits that revisions had when they were last asked for: what is there when the hub is not. */
const remembered = (folder: string, revision: string) => {
  const path = join(folder, "revisions", encodeURIComponent(revision));
  return {
    read: async (): Promise<string | undefined> => {
      const commit = await readFile(path, "utf8").catch(() => "");
      return isCommit(commit) ? commit : undefined;
    },
    write: async (commit: string): Promise<void> => {
      await mkdir(join(folder, "revisions"), { recursive: true });
      await writeFile(path, commit);
    },
  };
};

const fetchFiles = async (
  { commit, files }: HubRepository,
  {
    name,
    address,
    cacheFolder,
    target,
  }: { name: string; address: HubAddress; cacheFolder: string; target: string },
  { wants = isModelFile, onProgress }: FetchHubModelOptions,
): Promise<void> => {
  // Names with folders in them are never wanted, so that each file lies right in its model's folder.
  const chosen = files.filter(
    (file) => /^[^/\\]+$/.test(file.name) && !file.name.startsWith(".") && wants(file.name),
  );
  if (chosen.length === 0) {
    const message = `"${name}" has none of the wanted files, but ${files.map((file) => file.name).join(", ")}`;
    throw new DataError({ path: address.endpoint, message });
  }
  const totalBytes = chosen.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const staging = await createStaging(cacheFolder);
  let bytes = 0;
  try {
    const folder = join(staging, "model");
    await mkdir(folder);
    for (const file of chosen) {
      const onBytes = (count: number) => {
        bytes += count;
        onProgress?.({ bytes, totalBytes });
      };
      await downloadFile(address, { name, commit, file }, { path: join(folder, file.name), onBytes });
    }
    await mkdir(join(target, ".."), { recursive: true });
    await publish(folder, target);
  } catch (cause) {
    if (hasCode(cause, "ENOSPC", "EDQUOT")) {
      const message =
        "the disk is full; nothing was kept. Free space, or set ACCORD_CACHE to a folder that has it.";
      throw new DataError({ path: target, message, cause });
    }
    throw cause;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
};

/**
 * Fetches a model of the Hugging Face hub by its name, "owner/model", once per commit.
 *
 * Sizes, and the hashes of large files, are checked; the folder appears in one step. A branch is asked for on each call;
 * when the hub can't be reached, the commit that it had last is used.
 *
 * @returns the folder of its files, for `loadModel` and `loadTokenizer` of `@accord-rl/policy`.
 * @throws DataError when it can't be fetched, InvalidArgumentError for what is no name of a model.
 */
export const fetchHubModel = async (name: string, options: FetchHubModelOptions = {}): Promise<string> => {
  checkName(name);
  const { revision = "main", log } = options;
  const endpoint = (options.endpoint ?? process.env.HF_ENDPOINT ?? defaultEndpoint).replace(/\/+$/, "");
  const address: HubAddress = { endpoint, token: options.token ?? process.env.HF_TOKEN };
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder());
  const folder = join(cacheFolder, "hub", name.replace("/", "--"));
  const targetOf = (commit: string) => join(folder, commit);
  if (isCommit(revision) && (await exists(targetOf(revision)))) return targetOf(revision);

  const memory = remembered(folder, revision);
  let repository: HubRepository;
  try {
    repository = await describeRepository(address, name, revision);
  } catch (error) {
    const commit = await memory.read();
    if (commit === undefined || !(await exists(targetOf(commit)))) throw error;
    log?.(`the hub can't say what ${name} is at ${revision}; using ${commit}, fetched before`);
    return targetOf(commit);
  }
  const target = targetOf(repository.commit);
  if (!(await exists(target))) {
    log?.(`fetching ${name} at ${repository.commit} into ${target}`);
    await fetchFiles(repository, { name, address, cacheFolder, target }, options);
  }
  await memory.write(repository.commit);
  return target;
};
