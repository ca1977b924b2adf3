import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;
const setup = join(root, "packages/testing/src/setup.ts");

const folders = ["packages", "apps"]
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .concat("benchmarks");

const project = (folder: string, include: string[]) => ({
  extends: true as const,
  test: { name: folder.replace(/^packages\//, ""), root: join(root, folder), include, setupFiles: [setup] },
});

// Two test files run at a time: more threads would wait for each other.
process.env.ACCORD_WASM_THREADS ??= "1";

export default defineConfig({
  ssr: { resolve: { conditions: ["@accord-rl/source", ...defaultServerConditions] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      ...folders
        .filter((folder) => existsSync(join(root, folder, "package.json")))
        .map((folder) => project(folder, ["src/**/*.test.ts"])),
      project("tests", ["*.test.ts"]),
      // Needs Python with transformers: tests/interop/README.md.
      ...(process.env.ACCORD_INTEROP === "1" ? [project("tests/interop", ["*.test.ts"])] : []),
    ],
  },
});
