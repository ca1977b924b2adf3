import { AccordError } from "@accord-rl/core";
import type { BackendName } from "./backend-name.ts";
import type { Starter } from "./resolve-backend.ts";
import { startCpu } from "./starters/cpu.ts";
import { startWasm } from "./starters/wasm.ts";

const notInstalled: Starter = async () => {
  throw new AccordError("it is not installed");
};

/** How each backend starts. */
export const starters: Readonly<Record<BackendName, Starter>> = {
  gpu: notInstalled,
  webgpu: notInstalled,
  native: notInstalled,
  wasm: startWasm,
  cpu: startCpu,
};
