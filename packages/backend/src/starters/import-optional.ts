import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AccordError } from "@accord-rl/core";

/** Imports a package that may be installed: in the user's project, or beside this one. */
export const importOptional = async <T>(name: string): Promise<T> => {
  for (const folder of [process.cwd(), import.meta.dirname]) {
    let entry: string;
    try {
      entry = createRequire(join(folder, "package.json")).resolve(name);
    } catch {
      continue;
    }
    return (await import(/* @vite-ignore */ pathToFileURL(entry).href)) as T;
  }
  throw new AccordError(`the package ${name} is not installed; add it with: npm install ${name}`);
};
