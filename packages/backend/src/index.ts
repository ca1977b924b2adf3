export { type BackendName, backendNames } from "./backend-name.ts";
export { createCompile } from "./compile/compile.ts";
export type { Skipped, StartedBackend } from "./resolve-backend.ts";
export { type StartBackendOptions, startBackend } from "./start-backend.ts";
