import { type BackendName, requestedBackend } from "./backend-name.ts";
import { requireMatmulPrecision } from "./matmul-precision.ts";
import { checkTensorflowOptions, type TensorflowOptions } from "./native/tensorflow-options.ts";
import { resolveBackend, type StartedBackend } from "./resolve-backend.ts";
import { starters } from "./starters.ts";

export interface StartBackendOptions {
  /** Default: the variable ACCORD_BACKEND, else `auto`: the first of gpu, webgpu, native, wasm, cpu that can start. */
  readonly backend?: BackendName | "auto";
  /** Takes one line for each better backend that is skipped. */
  readonly log?: (line: string) => void;
  /** How native TensorFlow (native, gpu) starts: threads, GPUs. Counts at the first start in a process or worker. */
  readonly tensorflow?: TensorflowOptions;
}

/**
 * Starts a TensorFlow.js backend and makes it the current one. Starting a second time is cheap.
 *
 * @throws BackendUnavailableError when the backend that was asked for can't start; the message says what to do.
 */
export const startBackend = async ({
  backend,
  log,
  tensorflow = {},
}: StartBackendOptions = {}): Promise<StartedBackend> => {
  checkTensorflowOptions(tensorflow);
  const started = await resolveBackend(requestedBackend(backend), starters, log, tensorflow);
  const { matmulPrecision } = tensorflow;
  if (matmulPrecision === undefined) return started;
  await requireMatmulPrecision(started, matmulPrecision);
  if (matmulPrecision === "float32") return started;
  return { ...started, description: `${started.description}, products in ${matmulPrecision}` };
};
