import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Starter } from "../resolve-backend.ts";
import { activate } from "./activate.ts";

const wasmFiles = [
  "tfjs-backend-wasm.wasm",
  "tfjs-backend-wasm-simd.wasm",
  "tfjs-backend-wasm-threaded-simd.wasm",
] as const;

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

/** WebAssembly: what works after `npm install` alone. */
export const startWasm: Starter = async () => {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  if (tf.findBackend("wasm") === null) {
    const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(Object.fromEntries(wasmFiles.map((file) => [file, join(dirname(entry), file)])));
  }
  await withoutEmscriptenListeners(() => activate("wasm"));
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  return `WebAssembly${simd ? " with SIMD" : ""}, one thread`;
};
