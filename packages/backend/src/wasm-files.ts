import { fileURLToPath } from "node:url";

/** As far from src/ as from dist/. */
const fileOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Compiled from wasm/matmul.ts and wasm/sum.ts; the relaxed one needs an engine with relaxed SIMD. */
export const matmulPrograms = {
  relaxed: fileOf("generated/matmul-relaxed.wasm"),
  plain: fileOf("generated/matmul.wasm"),
};

/** What a helping thread runs. */
export const helperFile = fileOf("wasm/helper.js");
