import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { safeJson } from "@accord-rl/core";
import { diskError } from "@accord-rl/files";
import type { Profile, ProfileRow } from "./profile.ts";
import { formatTable } from "./table.ts";

/** The table for the terminal. */
export const formatProfile = (rows: readonly ProfileRow[]): string =>
  formatTable(
    rows.map(({ stage, function: name, calls, seconds, meanMs, share }) => ({
      stage: stage === "" ? "outside stages" : stage,
      function: name,
      calls,
      seconds: Number(seconds.toPrecision(4)),
      "mean ms": Number(meanMs.toPrecision(4)),
      "share %": Number((100 * share).toFixed(1)),
    })),
  );

/** Writes profile.json into a folder. @returns where it is, and what it says. @throws AccordError on a full disk. */
export const writeProfile = (folder: string, profile: Profile): { path: string; table: string } => {
  const path = join(folder, "profile.json");
  try {
    writeFileSync(path, `${safeJson(profile.trace())}\n`);
  } catch (error) {
    throw diskError(path, error);
  }
  return { path, table: formatProfile(profile.table()) };
};
