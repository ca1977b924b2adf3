import type { BackendName } from "./backend-name.ts";
import { launcher } from "./launcher.ts";
import type { NativeKind } from "./native/manifest.ts";
import { errorLine, runCommand, type System } from "./native/system.ts";
import { loadOwnTfjsNode } from "./native/tfjs-node.ts";
import { reasonOf } from "./resolve-backend.ts";
import { selfCheck } from "./self-check.ts";
import { activate } from "./starters/activate.ts";
import { starters } from "./starters.ts";

/** Whether a backend starts and computes right, and what it is or why not. */
export interface ProbeResult {
  readonly works: boolean;
  /** What runs, or why it does not. */
  readonly detail: string;
}

/** Starts a backend in this process, for good: meant for a process of its own. */
export const probeHere = async (name: BackendName, { wanted }: { wanted: boolean }): Promise<ProbeResult> => {
  try {
    const detail = await starters[name]({ wanted });
    await selfCheck();
    return { works: true, detail };
  } catch (error) {
    return { works: false, detail: reasonOf(error) };
  }
};

/** Loads a tfjs-node that is not in place yet, in this process, for good. */
export const probeFolderHere = async (kind: NativeKind, folder: string): Promise<ProbeResult> => {
  try {
    const backend = loadOwnTfjsNode(folder, { hideGpu: kind === "cpu" });
    await activate("tensorflow");
    await selfCheck();
    return { works: true, detail: backend.isUsingGpuDevice ? "GPU" : "CPU" };
  } catch (error) {
    return { works: false, detail: reasonOf(error) };
  }
};

/** Asks a child process, so that a library that crashes takes nothing with it. */
const probeInChild = async (system: System, args: readonly string[]): Promise<ProbeResult> => {
  const result = await runCommand(system, process.execPath, [launcher, "probe", ...args]);
  const crash = (detail: string): ProbeResult => ({ works: false, detail });
  if (result.killedBy !== null) return crash(`it crashes (${result.killedBy})`);
  try {
    return JSON.parse(result.stdout.trim().split("\n").at(-1) ?? "") as ProbeResult;
  } catch {
    return crash(`it ends with status ${result.code}: ${errorLine(result.stderr)}`);
  }
};

/** @param wanted the user asked for it by name. */
export const probe = (
  system: System,
  name: BackendName,
  { wanted }: { wanted: boolean },
): Promise<ProbeResult> => probeInChild(system, [name, ...(wanted ? ["--wanted"] : [])]);

export const probeFolder = (system: System, kind: NativeKind, folder: string): Promise<ProbeResult> =>
  probeInChild(system, [kind === "gpu" ? "gpu" : "native", "--folder", folder]);
