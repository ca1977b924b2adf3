import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { addonSources, quietSource } from "../native-sources.ts";
import { type AddonName, addonFiles } from "./manifest.ts";
import { requireSuccess } from "./steps.ts";
import { runCommand, type System } from "./system.ts";

/** The first C++ compiler that runs: CXX where it is set, else g++, clang++ or c++ on PATH. */
export const findCompiler = async (system: System): Promise<string> => {
  const named = system.environment.CXX?.trim();
  for (const command of named ? [named] : ["g++", "clang++", "c++"]) {
    if ((await runCommand(system, command, ["--version"])).code === 0) return command;
  }
  throw new AccordError(
    named
      ? `the C++ compiler named by CXX (${named}) does not run`
      : "no C++ compiler found (g++, clang++ or c++ on PATH): install one, for example with: apt-get install g++",
  );
};

export interface AddonInputs {
  /** Our own, or tfjs-node's, unchanged. */
  readonly addon: AddonName;
  /** The folder of tfjs-node, with its sources in `binding`. */
  readonly tfjsNode: string;
  /** The folder of the Python package tensorflow: its libraries, and its headers in `include`. */
  readonly tensorflow: string;
  /** Where the addon finds the libraries when it is loaded. */
  readonly runPath: string;
}

const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/** Compiles an addon against TensorFlow's C API, and the one that keeps it quiet. */
export const compileAddon = async (
  system: System,
  compiler: string,
  { addon, tfjsNode, tensorflow, runPath }: AddonInputs,
): Promise<void> => {
  const nodeHeaders = dirname(createRequire(import.meta.url).resolve("node-api-headers/include/node_api.h"));
  const [lib, binding] = [join(tfjsNode, "lib"), join(tfjsNode, "binding")];
  mkdirSync(lib, { recursive: true });
  const whose = addon === "accord" ? "our own" : "tfjs-node's";
  const compile = async (target: string, args: readonly string[]): Promise<void> => {
    const flags = ["-std=c++17", "-O2", "-fPIC", "-shared", "-w", "-DNAPI_VERSION=8", "-I", nodeHeaders];
    const result = await runCommand(system, compiler, [...flags, ...args, "-o", join(lib, target)]);
    requireSuccess(result, `compiling ${whose} addon with ${compiler}`, "a compiler with C++17 is needed");
  };
  const theirs = ["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(binding, file));
  await compile("quiet.node", [quietSource]);
  await compile(addonFiles[addon], [
    ...["-I", join(tensorflow, "include")],
    ...(addon === "accord" ? addonSources() : theirs),
    ...libraries.map((file) => join(tensorflow, file)),
    ...["-pthread", `-Wl,-rpath,${runPath}`],
  ]);
};
