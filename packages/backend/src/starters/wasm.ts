import type { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { Starter } from "../resolve-backend.ts";
import { withSharedMemory } from "../wasm/shared-memory.ts";
import { startPrograms } from "../wasm/start-programs.ts";
import { registerTile } from "../wasm/tile-kernel.ts";
import { activate } from "./activate.ts";

type Listener = (...args: unknown[]) => void;
const processEvents = ["uncaughtException", "unhandledRejection"] as const;

/**
 * Runs an action and removes the listeners for uncaught errors that Emscripten's start-up code leaves on the
 * process: they rethrow, so that a program's crash would show a page of Emscripten's code.
 */
const withoutEmscriptenListeners = async (action: () => Promise<void>): Promise<void> => {
  const listeners = (event: string): Listener[] => (process as EventEmitter).listeners(event) as Listener[];
  const before = new Set(processEvents.flatMap(listeners));
  await action();
  for (const event of processEvents) {
    for (const listener of listeners(event)) {
      const rethrows = /ExitStatus|throw reason/.test(listener.toString());
      if (rethrows && !before.has(listener)) process.removeListener(event, listener);
    }
  }
};

const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));

/** tfjs's module as a URL, its memory changed so that our threads can share it; or its files, as they are. */
const modulePaths = async (isShared: boolean): Promise<Record<string, string>> => {
  const simd = "tfjs-backend-wasm-simd.wasm";
  const files = ["tfjs-backend-wasm.wasm", simd, "tfjs-backend-wasm-threaded-simd.wasm"];
  const paths = Object.fromEntries(files.map((file) => [file, join(folder, file)]));
  if (!isShared) return paths;
  const module = withSharedMemory(await readFile(paths[simd] as string));
  return { ...paths, [simd]: `data:application/wasm;base64,${Buffer.from(module).toString("base64")}` };
};

const start = async (): Promise<string> => {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const hasSimd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) as boolean;
  // Files are read, URLs are fetched.
  setWasmPaths(await modulePaths(hasSimd), hasSimd);
  await withoutEmscriptenListeners(() => activate("wasm"));
  registerTile();
  const threads = await startPrograms(tf.backend() as BackendWasm);
  return `WebAssembly${hasSimd ? " with SIMD" : ""}, matrix products on ${threads ?? 1} threads`;
};

let started: Promise<string> | undefined;

/** WebAssembly: what works after `npm install` alone. */
export const startWasm: Starter = async () => {
  started ??= start();
  const description = await started;
  await activate("wasm");
  return description;
};
