import { type BackendName, requestedBackend } from "./backend-name.ts";
import { resolveBackend, type StartedBackend } from "./resolve-backend.ts";
import { starters } from "./starters.ts";

export interface StartBackendOptions {
  /** Default: the variable ACCORD_BACKEND, else `auto`: the first of gpu, webgpu, native, wasm, cpu that can start. */
  readonly backend?: BackendName | "auto";
  /** Takes one line for each better backend that is skipped. */
  readonly log?: (line: string) => void;
}

/**
 * Starts a TensorFlow.js backend and makes it the current one. Starting a second time is cheap.
 *
 * @throws BackendUnavailableError when the backend that was asked for can't start; the message says what to do.
 */
export const startBackend = ({ backend, log }: StartBackendOptions = {}): Promise<StartedBackend> =>
  Promise.resolve().then(() => resolveBackend(requestedBackend(backend), starters, log));
