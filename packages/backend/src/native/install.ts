import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { sourcesDigest } from "../native-sources.ts";
import { type ProbeResult, probeFolder } from "../probe.ts";
import { nativeFolder } from "./cache-folder.ts";
import { checkDisk, checkMachine } from "./check-machine.ts";
import { type AddonInputs, compileAddon, findCompiler } from "./compile-addon.ts";
import { measureFiles, removeLeftovers } from "./folder-contents.ts";
import { takeLock } from "./lock.ts";
import {
  type AddonName,
  addonFiles,
  type NativeInstall,
  type NativeKind,
  pointerPath,
  readInstall,
  switchTo,
} from "./manifest.ts";
import { findPythons } from "./python.ts";
import { type Parts, reuseParts } from "./reuse.ts";
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

/** Compiles our own addon and tries it; where that fails, tfjs-node's. */
const buildAddon = async (
  system: System,
  kind: NativeKind,
  compiler: string,
  inputs: Omit<AddonInputs, "addon">,
  steps: InstallSteps,
): Promise<AddonName> => {
  const attempt = async (addon: AddonName): Promise<AddonName> => {
    await steps.compileAddon(system, compiler, { ...inputs, addon });
    system.log("Checking a matrix product and a gradient");
    verify(system, kind, await steps.probeFolder(system, kind, inputs.tfjsNode));
    return addon;
  };
  try {
    return await attempt("accord");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (system.signal.aborted || isDiskFull(reason)) throw error;
    system.log(`Our own addon can't be used here, so tfjs-node's is: ${reason}`);
    rmSync(join(inputs.tfjsNode, "lib", addonFiles.accord), { force: true });
    return attempt("tfjs-node");
  }
};

/** Everything up to the switch, inside a folder of its own. */
const build = async (
  system: System,
  { kind, python, tensorflowVersion }: InstallOptions,
  root: string,
  folder: string,
  steps: InstallSteps,
  present: NativeInstall | undefined,
): Promise<NativeInstall> => {
  const staging = join(root, folder);
  const compiler = await steps.findCompiler(system);
  const fetchAll = async (): Promise<Parts> => {
    const pythons = await steps.findPythons(system, python);
    const request = { kind, python, tensorflowVersion };
    const tensorflow = await steps.obtainTensorflow(system, pythons, request, staging);
    system.log("Fetching tfjs-node with npm");
    return { tensorflow, tfjsNode: await steps.prepareTfjsNode(system, pythons[0], kind, staging) };
  };
  const { tensorflow, tfjsNode } =
    present === undefined ? await fetchAll() : reuseParts(root, present, staging);
  const { runPath, version, cuda, pythonPackage } = tensorflow;
  system.log(`Compiling the addon against TensorFlow ${version} with ${compiler}`);
  const inputs = { tfjsNode, tensorflow: tensorflow.folder, runPath };
  const addon = { name: await buildAddon(system, kind, compiler, inputs, steps), sources: sourcesDigest() };
  const files = measureFiles(staging, pythonPackage);
  return { format: 1, kind, folder, tensorflowVersion: version, cuda, pythonPackage, addon, files };
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
    const isCurrent = present?.addon?.sources === sourcesDigest();
    if (present !== undefined && isCurrent) {
      const { works } = await steps.probeFolder(system, kind, join(root, present.folder, "tfjs-node"));
      if (works) {
        system.log(`Already there, and it works: ${pointerPath(root, kind)}; --force installs it again`);
        return present;
      }
    }
    removeLeftovers(root);
    const reused = isCurrent ? undefined : present;
    if (reused === undefined) checkDisk(system, root, kind);
    else system.log("What is there was made by another version: making its addon anew");
    mkdirSync(join(root, folder));
    const install = await build(system, options, root, folder, steps, reused);
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
