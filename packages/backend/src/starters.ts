import type { BackendName } from "./backend-name.ts";
import type { Starter } from "./resolve-backend.ts";
import { startCpu } from "./starters/cpu.ts";
import { startGpu, startNative } from "./starters/native.ts";
import { startWasm } from "./starters/wasm.ts";
import { startWebGpu } from "./starters/webgpu.ts";

/** How each backend starts. */
export const starters: Readonly<Record<BackendName, Starter>> = {
  gpu: startGpu,
  webgpu: startWebGpu,
  native: startNative,
  wasm: startWasm,
  cpu: startCpu,
};
