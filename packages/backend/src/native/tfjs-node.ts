import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import util from "node:util";
import { AccordError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { addonFiles } from "./manifest.ts";
import type { Quiet } from "./quiet.ts";
import {
  encodeTensorflowOptions,
  kernelVariables,
  matmulVariables,
  type TensorflowOptions,
  tensorflowVariables,
} from "./tensorflow-options.ts";

/** Where the modules that stand in for tfjs-core in an installation find the one copy that is in use. */
export const tfjsCoreSymbol = "accord-rl.tfjs-core";

/** The kernel backend of tfjs-node, as far as it is used here. */
export interface TfjsNodeBackend extends tf.KernelBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

const isTfjsNodeBackend = (backend: unknown): backend is TfjsNodeBackend =>
  typeof (backend as Partial<TfjsNodeBackend> | null)?.binding?.TF_Version === "string";

/** tfjs-node calls two functions of `util` that warn since Node 22 and are gone since Node 23. */
const restoreUtilFunctions = (): void => {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
};

/** What TensorFlow prints: nothing but fatal errors, unless ACCORD_TF_LOG is set; TF_CPP_MIN_LOG_LEVEL says it finely. */
const logLevel = (): string => {
  const wanted = process.env.ACCORD_TF_LOG;
  return (
    process.env.TF_CPP_MIN_LOG_LEVEL ?? (wanted === undefined || wanted === "" || wanted === "0" ? "3" : "0")
  );
};

/** To be called before any TensorFlow library is loaded: it reads its environment once. */
const prepareProcess = ({ hideGpu, tensorflow = {} }: LoadOptions): void => {
  restoreUtilFunctions();
  process.env.TF_CPP_MIN_LOG_LEVEL = logLevel();
  Object.assign(process.env, matmulVariables(tensorflow), kernelVariables(process.env));
  if (hideGpu) process.env.CUDA_VISIBLE_DEVICES = "-1";
};

/** The backend "tensorflow", if this process has one: a second TensorFlow can't be loaded beside it. */
export const loadedTfjsNode = (): TfjsNodeBackend | undefined => {
  const backend: unknown = tf.findBackend("tensorflow");
  return isTfjsNodeBackend(backend) ? backend : undefined;
};

const registered = (where: string): TfjsNodeBackend => {
  const backend = loadedTfjsNode();
  if (backend === undefined) throw new AccordError(`${where} did not register its backend "tensorflow"`);
  return backend;
};

interface LoadOptions {
  /** Keep TensorFlow from using a GPU that it could use. */
  readonly hideGpu: boolean;
  readonly tensorflow?: TensorflowOptions;
}

/** What our own addon exports before it is started. */
interface Startable {
  /** @param config bytes of a tensorflow.ConfigProto. */
  start(config: Uint8Array): void;
}

/** Loads the addon, and with it TensorFlow, without what that prints at all log levels but 0; starts our own. */
const loadAddon = (load: NodeJS.Require, folder: string, options: TensorflowOptions): unknown => {
  const isOwn = existsSync(join(folder, "lib", addonFiles.accord));
  if (!isOwn) Object.assign(process.env, tensorflowVariables(options));
  const quiet = load("./lib/quiet.node") as Quiet;
  if (logLevel() !== "0") quiet.mute(logLevel());
  try {
    const binding: unknown = load(`./lib/${addonFiles[isOwn ? "accord" : "tfjs-node"]}`);
    if (isOwn) (binding as Startable).start(encodeTensorflowOptions(options));
    return binding;
  } finally {
    quiet.unmute();
  }
};

/** Loads a tfjs-node that `accord-native install` made, and registers its backend. */
export const loadOwnTfjsNode = (folder: string, options: LoadOptions): TfjsNodeBackend => {
  prepareProcess(options);
  Object.assign(globalThis, { [Symbol.for(tfjsCoreSymbol)]: tf });
  const load = createRequire(join(folder, "package.json"));
  const binding = loadAddon(load, folder, options.tensorflow ?? {});
  const { name }: { name: string } = load("./package.json");
  const { NodeJSKernelBackend } = load("./dist/nodejs_kernel_backend.js") as {
    NodeJSKernelBackend: new (binding: unknown, packageName: string) => TfjsNodeBackend;
  };
  load("./dist/register_all_kernels.js");
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(binding, name), 3);
  return registered(folder);
};

/** The package.json of a tfjs-node(-gpu) that the user's project has installed the official way. */
export const findOfficialTfjsNode = (name: string, folders: readonly string[]): string | undefined => {
  for (const folder of folders) {
    try {
      return createRequire(join(folder, "package.json")).resolve(`${name}/package.json`);
    } catch {
      // Not there: look in the next folder.
    }
  }
  return undefined;
};

/** The compiled addon of an official tfjs-node: it is missing where its install script could not download it. */
const officialAddon = (folder: string): string => {
  const lib = join(folder, "lib");
  const versions = existsSync(lib) ? readdirSync(lib) : [];
  const found = versions.map((name) => join(lib, name, "tfjs_binding.node")).find((path) => existsSync(path));
  if (found === undefined) throw new AccordError("it has no compiled addon");
  return found;
};

/** Loads the official tfjs-node(-gpu) as it is; importing it registers its backend. */
export const loadOfficialTfjsNode = (manifest: string, options: LoadOptions): TfjsNodeBackend => {
  const load = createRequire(manifest);
  const { name, version }: { name: string; version: string } = load(manifest);
  if (version !== tf.version_core) {
    throw new AccordError(`${name} is version ${version}, expected ${tf.version_core} like tfjs-core`);
  }
  prepareProcess(options);
  Object.assign(process.env, tensorflowVariables(options.tensorflow ?? {}));
  // The addon first: without it, the import would fail after it has registered its kernels.
  load(officialAddon(dirname(manifest)));
  load(name);
  return registered(name);
};
