import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { InvalidArgumentError } from "@accord-rl/core";

/**
 * Where the user stands. `npm run` starts a script in the package's folder and leaves the user's own in INIT_CWD;
 * that counts only where npm really moved us.
 */
const userFolder = (): string => {
  const { INIT_CWD, npm_package_json } = process.env;
  const isMoved = npm_package_json !== undefined && dirname(npm_package_json) === process.cwd();
  return isMoved && INIT_CWD ? INIT_CWD : process.cwd();
};

/** A path that the user gave, as an absolute one. */
export const resolvePath = (path: string): string => resolve(userFolder(), path);

/** A path as the user would write it: relative where that is inside the folder where he stands. */
export const displayPath = (path: string): string => {
  const short = relative(userFolder(), path);
  return short.startsWith("..") || short === "" ? path : short;
};

const numbers = (parent: string, name: string): number[] => {
  if (!existsSync(parent)) return [];
  const pattern = new RegExp(`^${name.replace(/[^\w]/g, "\\$&")}-(\\d+)$`);
  return readdirSync(parent)
    .flatMap((entry) => pattern.exec(entry)?.[1] ?? [])
    .map(Number);
};

/** The first free one of runs/NAME-1, runs/NAME-2, … */
export const nextFolder = (name: string, parent = resolvePath("runs")): string =>
  join(parent, `${name}-${Math.max(0, ...numbers(parent, name)) + 1}`);

/** The last one of runs/NAME-1, runs/NAME-2, … */
export const latestFolder = (name: string, parent = resolvePath("runs")): string => {
  const found = numbers(parent, name);
  if (found.length === 0) {
    throw new InvalidArgumentError({
      argument: "resume",
      value: true,
      message: `--resume: there is no ${name}-1 in ${displayPath(parent)}; say which run with --out FOLDER`,
    });
  }
  return join(parent, `${name}-${Math.max(...found)}`);
};
