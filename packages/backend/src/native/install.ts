import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { AccordError } from "@accord-rl/core";
import { probeFolder } from "../probe.ts";
import { nativeFolder } from "./cache-folder.ts";
import { compileAddon, findCompiler } from "./compile-addon.ts";
import { takeLock } from "./lock.ts";
import {
  type NativeInstall,
  type NativeKind,
  pointedFolder,
  pointerPath,
  readInstall,
  switchTo,
} from "./manifest.ts";
import { findPythons } from "./python.ts";
import { diskFull } from "./steps.ts";
import { isDiskFull, type System } from "./system.ts";
import { obtainTensorflow, type Tensorflow } from "./tensorflow.ts";
import { checkTensorflowVersion } from "./tensorflow-version.ts";
import { prepareTfjsNode } from "./tfjs-node-package.ts";

export interface InstallOptions {
  readonly kind: NativeKind;
  /** The Python whose TensorFlow, or else pip, is used. */
  readonly python?: string | undefined;
  /** Exact, such as "2.21.0". */
  readonly tensorflowVersion?: string | undefined;
  /** Install again what is there already. */
  readonly force?: boolean | undefined;
}

/** Bytes that an installation takes while it is made: the wheels beside what is unpacked of them. */
const bytesNeeded: Readonly<Record<NativeKind, number>> = { cpu: 1.3e9, gpu: 12e9 };

const checkMachine = ({ platform, nodeVersion }: System): void => {
  if (platform !== "linux") {
    throw new AccordError(
      `native TensorFlow is set up on Linux only, this is ${platform}; use WebAssembly here`,
    );
  }
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new AccordError(`Node ${nodeVersion} is too old, expected 20.19 or later`);
  }
};

const checkDisk = ({ freeBytes }: System, root: string, kind: NativeKind): void => {
  const free = freeBytes(root);
  if (free >= bytesNeeded[kind]) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new AccordError(
    `too little disk space in ${root}: ${gigabytes(free)} are free, about ${gigabytes(bytesNeeded[kind])} are needed; free some, or set ACCORD_CACHE to another folder`,
  );
};

/** Deletes what no installation uses: older ones, and what interrupted ones left. Only under the lock. */
export const removeLeftovers = (root: string): void => {
  const kept = (["cpu", "gpu"] as const).map((kind) => pointedFolder(root, kind));
  for (const name of readdirSync(root)) {
    if (/^(cpu|gpu)-|\.new$/.test(name) && !kept.includes(name)) {
      rmSync(join(root, name), { recursive: true, force: true });
    }
  }
};

/** Sizes of every file that is loaded: all but headers. */
const measure = (staging: string, { pythonPackage }: Tensorflow): Record<string, number> => {
  const files: Record<string, number> = {};
  for (const entry of readdirSync(staging, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.endsWith(".h")) files[relative(staging, path)] = statSync(path).size;
  }
  if (pythonPackage !== null) {
    for (const name of readdirSync(pythonPackage).filter((name) => /^libtensorflow.*\.so/.test(name))) {
      files[join(pythonPackage, name)] = statSync(join(pythonPackage, name)).size;
    }
  }
  return files;
};

const verify = async (system: System, kind: NativeKind, tfjsNode: string): Promise<void> => {
  system.log("Checking a matrix product and a gradient");
  const { works, detail } = await probeFolder(system, kind, tfjsNode);
  if (!works)
    throw new AccordError(`the compiled addon does not work in Node ${system.nodeVersion}: ${detail}`);
  if (kind === "gpu" && detail !== "GPU") {
    system.log("No GPU that TensorFlow can use is here: the addon works, on the CPU");
  }
};

/** Everything up to the switch, inside a folder of its own. */
const build = async (
  system: System,
  options: InstallOptions,
  root: string,
  folder: string,
): Promise<NativeInstall> => {
  const { kind, python, tensorflowVersion } = options;
  const staging = join(root, folder);
  const compiler = await findCompiler(system);
  const pythons = await findPythons(system, python);
  const tensorflow = await obtainTensorflow(system, pythons, { kind, python, tensorflowVersion }, staging);
  system.log("Fetching tfjs-node with npm");
  const tfjsNode = await prepareTfjsNode(system, pythons[0], kind, staging);
  system.log(`Compiling its addon against TensorFlow ${tensorflow.version} with ${compiler}`);
  await compileAddon(system, compiler, {
    tfjsNode,
    tensorflow: tensorflow.folder,
    runPath: tensorflow.runPath,
  });
  await verify(system, kind, tfjsNode);
  const { version, cuda, pythonPackage } = tensorflow;
  const files = measure(staging, tensorflow);
  return { format: 1, kind, folder, tensorflowVersion: version, cuda, pythonPackage, files };
};

/** What is installed and meets the wish already. */
const present = (root: string, { kind, tensorflowVersion, python, force }: InstallOptions) => {
  if (force || python !== undefined) return undefined;
  try {
    const install = readInstall(root, kind);
    return tensorflowVersion === undefined || tensorflowVersion === install.tensorflowVersion
      ? install
      : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Sets native TensorFlow up. Whatever fails or interrupts it, what was installed before stays in place.
 *
 * @throws AccordError with one line: what failed, and what to do.
 */
export const installNative = async (system: System, options: InstallOptions): Promise<NativeInstall> => {
  const { kind, tensorflowVersion } = options;
  checkMachine(system);
  if (tensorflowVersion !== undefined) checkTensorflowVersion(tensorflowVersion, "--tensorflow-version");
  const root = nativeFolder(system.environment);
  const folder = `${kind}-${randomBytes(4).toString("hex")}`;
  let unlock = () => {};
  try {
    mkdirSync(root, { recursive: true });
    unlock = takeLock(root);
    const existing = present(root, options);
    if (
      existing !== undefined &&
      (await probeFolder(system, kind, join(root, existing.folder, "tfjs-node"))).works
    ) {
      system.log(`Already there and working: ${pointerPath(root, kind)}; --force installs it again`);
      return existing;
    }
    removeLeftovers(root);
    checkDisk(system, root, kind);
    mkdirSync(join(root, folder));
    const install = await build(system, options, root, folder);
    switchTo(root, install);
    removeLeftovers(root);
    return install;
  } catch (error) {
    rmSync(join(root, folder), { recursive: true, force: true });
    if (AccordError.isInstance(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw isDiskFull(message) ? diskFull(root) : new AccordError(`${root}: ${message}`, { cause: error });
  } finally {
    unlock();
  }
};
