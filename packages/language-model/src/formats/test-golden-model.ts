import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Writes files, in base64, into a new folder. @returns its path */
export const writeGoldenFolder = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "accord-golden-"));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), Buffer.from(content, "base64"));
  }
  return folder;
};
