import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PackageSource } from "./asset.ts";

/** Brings a package's archive into an empty folder and says where it is. Rejects with the client's own words. */
export type Download = (source: PackageSource, folder: string) => Promise<string>;

/** What `npm run` passes on to a child, and would make `npm pack` do something else. */
const inherited = ["workspace", "workspaces", "include_workspace_root", "dry_run", "json"];

const clientEnvironment = (): NodeJS.ProcessEnv => {
  const environment = { ...process.env };
  for (const name of inherited) delete environment[`npm_config_${name}`];
  return environment;
};

const isWindows = process.platform === "win32";

/** npm is a script on Windows, and only a shell runs those; a user's folder may hold spaces. */
const invocation = (command: string, parameters: readonly string[]) =>
  isWindows && command === "npm"
    ? { file: [command, ...parameters.map((parameter) => `"${parameter}"`)].join(" "), rest: [], shell: true }
    : { file: command, rest: parameters, shell: false };

/** Runs a client, without a shell where that is possible; nothing that it prints reaches our own output. */
const runClient = (command: string, parameters: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const { file, rest, shell } = invocation(command, parameters);
    const child = spawn(file, rest, { env: clientEnvironment(), shell, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-8000);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(Object.assign(new Error(said.trim() || `${command} ended with ${signal ?? code}`), { code }));
    });
  });

const runNpm = ({ name, version }: PackageSource, folder: string): Promise<void> =>
  runClient("npm", [
    "pack",
    `${name}@${version}`,
    `--pack-destination=${folder}`,
    "--ignore-scripts",
    "--loglevel=error",
    "--no-update-notifier",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=10000",
  ]);

const runPip = async ({ name, version, format }: PackageSource, folder: string): Promise<void> => {
  const parameters = [
    "-m",
    "pip",
    "download",
    `${name}==${version}`,
    `--dest=${folder}`,
    "--no-deps",
    format === "sdist" ? `--no-binary=${name}` : "--only-binary=:all:",
    "--no-input",
    "--disable-pip-version-check",
    "--quiet",
  ];
  const isMissing = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";
  try {
    await runClient("python3", parameters);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await runClient("python", parameters);
  }
};

/** Downloads through the registry's ordinary client, with the user's own settings of it. */
export const downloadPackage: Download = async (source, folder) => {
  await (source.registry === "npm" ? runNpm : runPip)(source, folder);
  const [archive, ...others] = await readdir(folder);
  if (archive === undefined || others.length > 0) {
    throw new Error(`the client left ${others.length + (archive ? 1 : 0)} files, expected one archive`);
  }
  return join(folder, archive);
};
