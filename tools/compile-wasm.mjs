/**
 * Compiles packages/backend/wasm/*.ts (AssemblyScript) into packages/backend/generated (git-ignored): once for
 * processors and engines that round a·b + c once (relaxed SIMD), once for the others.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const folder = join(import.meta.dirname, "../packages/backend");

/** As much memory as tfjs-backend-wasm may take: 65,536 pages of 64 KiB. */
const memory = ["--importMemory", "--sharedMemory", "--maximumMemory", "65536", "--enable", "threads"];

const compile = async (output, features) => {
  const { error, stderr } = await asc.main(
    [
      ...["wasm/matmul.ts", "wasm/sum.ts"],
      ...["--baseDir", folder, "--outFile", join("generated", output)],
      ...["-O3", "--noAssert", "--runtime", "stub", ...memory, "--enable", "simd", ...features],
    ],
    {},
  );
  if (error) throw new Error(`compile-wasm: ${error.message}\n${stderr}`);
};

await mkdir(join(folder, "generated"), { recursive: true });
await compile("matmul.wasm", []);
await compile("matmul-relaxed.wasm", ["--enable", "relaxed-simd"]);
