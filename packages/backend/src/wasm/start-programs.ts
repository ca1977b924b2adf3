import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { BackendUnavailableError } from "@accord-rl/core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { matmulPrograms } from "../wasm-files.ts";
import { createMatmul } from "./matmul.ts";
import { registerMatmul } from "./matmul-kernel.ts";
import { registerSums, type SumMiddle } from "./sum-kernel.ts";
import { requestedThreads } from "./threads.ts";
import { type Memory, type Program, webAssembly } from "./web-assembly.ts";

/** What Emscripten's code gives of the module that it started. */
interface Module {
  readonly asm: { readonly memory: Memory };
  readonly _malloc: (bytes: number) => number;
}

/** Of wasm/sum.ts. */
interface SumExports {
  readonly sumMiddle: SumMiddle;
}

/** The program for relaxed SIMD, which V8 11 has behind a flag, or else the plain one. */
export const compileProgram = async (): Promise<Program> => {
  const relaxed = await readFile(matmulPrograms.relaxed);
  const isNode20 = process.versions.v8.startsWith("11.");
  if (isNode20 && !webAssembly.validate(relaxed)) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return webAssembly.compile(webAssembly.validate(relaxed) ? relaxed : await readFile(matmulPrograms.plain));
};

/**
 * Lets a WASM backend multiply matrices by our own program, on several threads, and add in float64.
 *
 * @returns how many threads, or none if the backend's memory can't be shared.
 */
export const startPrograms = async (backend: BackendWasm): Promise<number | undefined> => {
  const { asm, _malloc } = backend.wasm as unknown as Module;
  const { memory } = asm;
  if (!(memory.buffer instanceof SharedArrayBuffer)) return undefined;
  const program = await compileProgram();
  const threads = requestedThreads();
  const allocate = (bytes: number): number => {
    const place = _malloc(bytes);
    if (place === 0) throw new RangeError(`WASM: no memory for ${bytes} bytes that matrix products need`);
    return place;
  };
  registerMatmul(createMatmul({ program, memory, allocate, threads }));
  const { sumMiddle } = new webAssembly.Instance(program, { env: { memory } }).exports as Partial<SumExports>;
  if (!sumMiddle) {
    const message = "startBackend: the compiled programs are older than their sources. Run npm run prepare.";
    throw new BackendUnavailableError({ backend: "wasm", tried: [], message });
  }
  registerSums(sumMiddle);
  return threads;
};
