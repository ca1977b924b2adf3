import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defaultServerConditions } from "vite";
import { defaultExclude, defineConfig } from "vitest/config";

const root = import.meta.dirname;
const setup = join(root, "packages/testing/src/setup.ts");

const folders = ["packages", "apps"]
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .concat("benchmarks");

/** Tests of these replace modules, or what belongs to the whole process: the backend that is started, its kernels. */
const isolated = ["packages/backend", "packages/checkpoint"];

/** The test files of a project share a process, so that TensorFlow.js is loaded and a backend started once. */
const project = (folder: string, include: string[], exclude: string[] = defaultExclude) => ({
  extends: true as const,
  test: {
    name: folder.replace(/^packages\//, ""),
    root: join(root, folder),
    include,
    exclude,
    setupFiles: [setup],
    isolate: isolated.includes(folder),
  },
});

// Two test files run at a time: more threads would wait for each other.
process.env.ACCORD_WASM_THREADS ??= "1";

/**
 * Tests that start programs, download, or learn for long. They run with `--mode all` alone (`npm run test:all`).
 * CONTRIBUTING.md says what runs where.
 */
const slow = [
  // Apps, from their command line to their report.
  ..."end-to-end resume bad-input command-line leak sentiment tasks follow-advice".split(" "),
  // Programs and packages as users get them.
  ..."readme-examples examples packed-packages broken-pipe hostile-text".split(" "),
  // Real models and long learning runs.
  ..."gibbs-optimum soft-q-text dpo-text lora-text ppo-text ppo-control dqn-control reward-hacking".split(
    " ",
  ),
  ..."smollm2 smollm2-labels smollm2-text-model stories15m constant-rewards finite-steps flat-memory".split(
    " ",
  ),
  // Downloads, killed processes, hostile and huge files.
  ..."fetch-asset fetch-hub-model download hub-damage native-install killed-run kill-anywhere damage".split(
    " ",
  ),
  ..."larger-than-memory hostile-files hostile-text-files fuzz main cli hostile-patterns".split(" "),
].map((name) => `**/${name}.test.ts`);

export default defineConfig(({ mode }) => {
  const exclude = mode === "all" ? defaultExclude : [...defaultExclude, ...slow];
  return {
    ssr: { resolve: { conditions: ["@accord-rl/source", ...defaultServerConditions] } },
    test: {
      testTimeout: 60_000,
      hookTimeout: 60_000,
      maxWorkers: 2,
      projects: [
        ...folders
          .filter((folder) => existsSync(join(root, folder, "package.json")))
          .map((folder) => project(folder, ["src/**/*.test.ts"], exclude)),
        project("tests", ["*.test.ts"], exclude),
        // Needs Python with transformers: tests/interop/README.md.
        ...(process.env.ACCORD_INTEROP === "1" ? [project("tests/interop", ["*.test.ts"])] : []),
      ],
    },
  };
});
