import { existsSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { isFunctionBinding } from "../native/accord-binding.ts";
import { nativeFolder } from "../native/cache-folder.ts";
import { installCommand, type NativeKind, readInstall } from "../native/manifest.ts";
import { registerMatmul } from "../native/matmul-kernel.ts";
import type { TensorflowOptions } from "../native/tensorflow-options.ts";
import {
  findOfficialTfjsNode,
  loadedTfjsNode,
  loadOfficialTfjsNode,
  loadOwnTfjsNode,
  type TfjsNodeBackend,
} from "../native/tfjs-node.ts";
import { reasonOf, type Starter } from "../resolve-backend.ts";
import { activate } from "./activate.ts";

/** What Linux shows of an NVIDIA GPU: a driver's device files, also under WSL and on Jetson boards. */
const gpuDevices = ["/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/nvhost-gpu"];

const packageNames = { cpu: "@tensorflow/tfjs-node", gpu: "@tensorflow/tfjs-node-gpu" } as const;

/** The backend and where it came from. */
interface Loaded {
  readonly backend: TfjsNodeBackend;
  readonly source: string;
}

/** The official package of the user's project where it works, else what `accord-native install` made. */
const load = (kind: NativeKind, tensorflow: TensorflowOptions): Loaded => {
  const options = { hideGpu: kind === "cpu", tensorflow };
  const name = packageNames[kind];
  const official = findOfficialTfjsNode(name, [process.cwd(), import.meta.dirname]);
  let officialReason = "";
  if (official !== undefined) {
    try {
      return { backend: loadOfficialTfjsNode(official, options), source: name };
    } catch (error) {
      officialReason = `; ${name} is installed but does not load: ${reasonOf(error)}`;
    }
  }
  const root = nativeFolder(process.env);
  try {
    const install = readInstall(root, kind);
    const backend = loadOwnTfjsNode(join(root, install.folder, "tfjs-node"), options);
    const whose = isFunctionBinding(backend.binding) ? "" : ", tfjs-node's addon";
    return { backend, source: `accord-native${whose}` };
  } catch (error) {
    const repair = AccordError.isInstance(error) ? "" : `; set it up again with: ${installCommand(kind)}`;
    throw new AccordError(`${reasonOf(error)}${repair}${officialReason}`);
  }
};

const start = async (kind: NativeKind, tensorflow: TensorflowOptions = {}): Promise<string> => {
  const { backend, source } = loadOnce(kind, tensorflow);
  const device = backend.isUsingGpuDevice ? "GPU" : "CPU";
  if (kind === "gpu" && !backend.isUsingGpuDevice) {
    throw new AccordError(
      `TensorFlow ${backend.binding.TF_Version} finds no GPU that it can use: check the NVIDIA driver with nvidia-smi`,
    );
  }
  if (kind === "cpu" && backend.isUsingGpuDevice) {
    throw new AccordError("this process already runs TensorFlow on the GPU; start a new one for the CPU");
  }
  await activate("tensorflow");
  return `TensorFlow ${backend.binding.TF_Version} on the ${device} (${source})`;
};

const sources = new WeakMap<TfjsNodeBackend, string>();

/** Loads once per process: two TensorFlow libraries can't live in one. */
const loadOnce = (kind: NativeKind, tensorflow: TensorflowOptions): Loaded => {
  const present = loadedTfjsNode();
  if (present !== undefined) return { backend: present, source: sources.get(present) ?? "already loaded" };
  const loaded = load(kind, tensorflow);
  sources.set(loaded.backend, loaded.source);
  if (kind === "cpu") registerMatmul();
  return loaded;
};

/** TensorFlow on the CPU. */
export const startNative: Starter = ({ tensorflow }) => start("cpu", tensorflow);

/** TensorFlow with CUDA. */
export const startGpu: Starter = async ({ tensorflow }) => {
  if (loadedTfjsNode() === undefined && !gpuDevices.some((path) => existsSync(path))) {
    throw new AccordError(`no NVIDIA GPU: none of ${gpuDevices.join(", ")} is there`);
  }
  return start("gpu", tensorflow);
};
