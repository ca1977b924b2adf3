export { type BackendName, backendNames } from "./backend-name.ts";
export {
  type CompileOptions,
  type CompilerOptions,
  createCompile,
  type NativeCompiler,
} from "./compile/compile.ts";
export type { CompiledCall } from "./compile/compiled-function.ts";
export type { XlaChoice } from "./compile/xla-choice.ts";
export type { MatmulPrecision, TensorflowOptions } from "./native/tensorflow-options.ts";
export type { Skipped, StartedBackend } from "./resolve-backend.ts";
export { type StartBackendOptions, startBackend } from "./start-backend.ts";
export { stopBackend } from "./stop-backend.ts";
