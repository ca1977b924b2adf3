import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { type ProbeResult, probeFolder } from "../probe.ts";
import { nativeFolder } from "./cache-folder.ts";
import { checkDisk, checkMachine } from "./check-machine.ts";
import { compileAddon, findCompiler } from "./compile-addon.ts";
import { measureFiles, removeLeftovers } from "./folder-contents.ts";
import { takeLock } from "./lock.ts";
import { type NativeInstall, type NativeKind, pointerPath, readInstall, switchTo } from "./manifest.ts";
import { findPythons } from "./python.ts";
import { diskFull } from "./steps.ts";
import { isDiskFull, type System } from "./system.ts";
import { obtainTensorflow } from "./tensorflow.ts";
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

/** The steps that reach outside; tests replace them. */
export const installSteps = {
  findCompiler,
  findPythons,
  obtainTensorflow,
  prepareTfjsNode,
  compileAddon,
  probeFolder,
};

export type InstallSteps = typeof installSteps;

const verify = (system: System, kind: NativeKind, { works, detail }: ProbeResult): void => {
  if (!works) {
    throw new AccordError(`the compiled addon does not work in Node ${system.nodeVersion}: ${detail}`);
  }
  if (kind === "gpu" && detail !== "GPU") {
    system.log("TensorFlow finds no GPU that it can use here: the addon works, on the CPU");
  }
};

/** Everything up to the switch, inside a folder of its own. */
const build = async (
  system: System,
  { kind, python, tensorflowVersion }: InstallOptions,
  root: string,
  folder: string,
  steps: InstallSteps,
): Promise<NativeInstall> => {
  const staging = join(root, folder);
  const compiler = await steps.findCompiler(system);
  const pythons = await steps.findPythons(system, python);
  const request = { kind, python, tensorflowVersion };
  const tensorflow = await steps.obtainTensorflow(system, pythons, request, staging);
  system.log("Fetching tfjs-node with npm");
  const tfjsNode = await steps.prepareTfjsNode(system, pythons[0], kind, staging);
  system.log(`Compiling its addon against TensorFlow ${tensorflow.version} with ${compiler}`);
  const { runPath, version, cuda, pythonPackage } = tensorflow;
  await steps.compileAddon(system, compiler, { tfjsNode, tensorflow: tensorflow.folder, runPath });
  system.log("Checking a matrix product and a gradient");
  verify(system, kind, await steps.probeFolder(system, kind, tfjsNode));
  const files = measureFiles(staging, pythonPackage);
  return { format: 1, kind, folder, tensorflowVersion: version, cuda, pythonPackage, files };
};

/** What is installed, complete, and meets the wish already. */
const findPresent = (
  root: string,
  { kind, tensorflowVersion, python, force }: InstallOptions,
): NativeInstall | undefined => {
  if (force || python !== undefined) return undefined;
  try {
    const install = readInstall(root, kind);
    const isOther = tensorflowVersion !== undefined && tensorflowVersion !== install.tensorflowVersion;
    return isOther ? undefined : install;
  } catch {
    return undefined;
  }
};

/**
 * Sets native TensorFlow up. Whatever fails or interrupts it, what was installed before stays in place.
 *
 * @throws AccordError with one line: what failed, and what to do.
 */
export const installNative = async (
  system: System,
  options: InstallOptions,
  steps: InstallSteps = installSteps,
): Promise<NativeInstall> => {
  const { kind, tensorflowVersion } = options;
  checkMachine(system);
  if (tensorflowVersion !== undefined) checkTensorflowVersion(tensorflowVersion, "--tensorflow-version");
  const root = nativeFolder(system.environment);
  const folder = `${kind}-${randomBytes(4).toString("hex")}`;
  let unlock = () => {};
  try {
    mkdirSync(root, { recursive: true });
    unlock = takeLock(root);
    const present = findPresent(root, options);
    if (present !== undefined) {
      const { works } = await steps.probeFolder(system, kind, join(root, present.folder, "tfjs-node"));
      if (works) {
        system.log(`Already there, and it works: ${pointerPath(root, kind)}; --force installs it again`);
        return present;
      }
    }
    removeLeftovers(root);
    checkDisk(system, root, kind);
    mkdirSync(join(root, folder));
    const install = await build(system, options, root, folder, steps);
    switchTo(root, install);
    removeLeftovers(root);
    return install;
  } catch (error) {
    rmSync(join(root, folder), { recursive: true, force: true, maxRetries: 5 });
    if (AccordError.isInstance(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw isDiskFull(message) ? diskFull(root) : new AccordError(`${root}: ${message}`, { cause: error });
  } finally {
    unlock();
  }
};
