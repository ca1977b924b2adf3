import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { takeLock } from "@accord-rl/files";
import { type CommandRunner, requireSuccess, runCommand } from "./command.ts";

const peers = join(import.meta.dirname, "peers");

/** What the script needs of Python: venv needs ensurepip to put pip in. */
const inspection =
  "import sys; print('%d.%d' % sys.version_info[:2]); import venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

export interface PeerEnvironmentOptions {
  /** Where it is, or is made. */
  readonly folder: string;
  readonly requirementsPath: string;
  readonly log: (line: string) => void;
  readonly run: CommandRunner;
}

const defaults = {
  folder: join(import.meta.dirname, "../.peer"),
  requirementsPath: join(peers, "requirements.txt"),
  run: runCommand,
};

const isWindows = process.platform === "win32";
const ownPython = "or give a Python that has torch and transformers with --python";

/** @throws AccordError when there is none that can make an environment. */
const findPython = async (run: CommandRunner): Promise<string> => {
  for (const command of ["python3", "python"]) {
    const { code, output } = await run(command, ["-c", inspection]);
    if (code === 0) return command;
    if (/ModuleNotFoundError/.test(output)) {
      throw new AccordError(
        `${command} can't make environments (it lacks venv or ensurepip): install them (Debian and Ubuntu: apt install python3-venv), ${ownPython}`,
      );
    }
    if (/^3\.\d+/.test(output)) {
      const [version] = output.split("\n");
      throw new AccordError(
        `${command} is Python ${version}, expected 3.10 or later: install one, ${ownPython}`,
      );
    }
  }
  throw new AccordError(`no Python found (python3, python on PATH): install 3.10 or later, ${ownPython}`);
};

/** PyTorch's own index has a build without CUDA, a tenth of the size; other indexes have one for all. */
const cpuIndex = "https://download.pytorch.org/whl/cpu";
const hasCudaByDefault = process.platform === "linux" && process.arch === "x64";
/** A GPU here makes the peer worth its CUDA libraries. */
const hasGpu = (): boolean => spawnSync("nvidia-smi", ["-L"]).status === 0;

/** Lines of pip that say how far it is: those of large files, and of the last step. */
const progressOf = (line: string): string | undefined => {
  const [, file, size] = /^\s*Downloading (\S+?-\d[^-]*)\S* \((\d+\.\d [MG]B)\)/.exec(line) ?? [];
  if (file !== undefined) return `  ${file}: ${size}`;
  return /^\s*Installing collected/.test(line) ? "  Unpacking …" : undefined;
};

const make = async (
  folder: string,
  { requirementsPath, log, run }: PeerEnvironmentOptions,
): Promise<void> => {
  const command = await findPython(run);
  log(`Making the peer's Python environment in ${folder}, once. It takes minutes and up to 6 GB.`);
  rmSync(folder, { recursive: true, force: true });
  const python = pythonIn(folder);
  requireSuccess(
    await run(command, ["-m", "venv", folder]),
    "making the environment",
    "look at the disk's free space",
  );
  const pip = (...args: string[]) =>
    run(python, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", ...args], {
      onLine: (line) => {
        const progress = progressOf(line);
        if (progress !== undefined) log(progress);
      },
    });
  const torch = /^torch==\S+/m.exec(readFileSync(requirementsPath, "utf8"))?.[0];
  if (torch !== undefined && hasCudaByDefault && !hasGpu()) {
    log("Looking for PyTorch's build without CUDA …");
    const fetched = await pip("--index-url", cpuIndex, "--retries", "0", "--timeout", "15", torch);
    if (fetched.code !== 0) log("Not to be had here: taking the build with CUDA, of several GB.");
  }
  requireSuccess(
    await pip("-r", requirementsPath),
    "pip install",
    `look at the network and the disk's free space, ${ownPython}`,
  );
  requireSuccess(
    await run(python, ["-c", "import torch, transformers, safetensors"]),
    "importing torch",
    ownPython,
  );
};

const pythonIn = (folder: string): string => join(folder, isWindows ? "Scripts/python.exe" : "bin/python");

/**
 * The Python of an environment with what requirements.txt names, made by pip the first time. It is made anew when the
 * file has changed or an earlier attempt was broken off.
 *
 * @throws AccordError that says which step failed and what to do; InvalidArgumentError while another process makes it.
 */
export const preparePeerPython = async (
  options: Partial<PeerEnvironmentOptions> & Pick<PeerEnvironmentOptions, "log">,
): Promise<string> => {
  const all = { ...defaults, ...options };
  const { folder, requirementsPath } = all;
  const environment = join(folder, "environment");
  const stamp = join(folder, "requirements.txt");
  const requirements = readFileSync(requirementsPath, "utf8");
  const isReady = () => existsSync(stamp) && readFileSync(stamp, "utf8") === requirements;
  if (isReady()) return pythonIn(environment);
  mkdirSync(folder, { recursive: true });
  const release = takeLock(
    join(folder, "lock"),
    (who, path) =>
      `${who} is making the peer's environment: start again when it is done (if it is gone, delete ${path})`,
  );
  try {
    if (isReady()) return pythonIn(environment);
    rmSync(stamp, { force: true });
    await make(environment, all);
    writeFileSync(stamp, requirements);
    return pythonIn(environment);
  } finally {
    release();
  }
};

export const peerScript = (name: string): string => join(peers, name);
