import { pathToFileURL } from "node:url";
import { InvalidArgumentError } from "@accord-rl/core";
import { type TextAlgorithm, type TextAlgorithmName, textAlgorithms } from "@accord-rl/recipes";
import { type ControlAlgorithm, type ControlAlgorithmName, controlAlgorithms } from "./control/index.ts";
import type { Job } from "./job.ts";

type Named = Pick<Job, "algorithm" | "module">;

/** The default export of a user's module. @throws InvalidArgumentError where it is no function. */
const loadModule = async (path: string): Promise<unknown> => {
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as typeof loaded;
  } catch (error) {
    const message = `--algorithms: ${path} can't be loaded: ${(error as Error).message}`;
    throw new InvalidArgumentError({ argument: "algorithms", value: path, message });
  }
  if (typeof loaded.default === "function") return loaded.default;
  const message = `--algorithms: the default export of ${path} is ${typeof loaded.default}, expected a function that builds the algorithm`;
  throw new InvalidArgumentError({ argument: "algorithms", value: path, message });
};

export const loadTextAlgorithm = async ({ algorithm, module }: Named): Promise<TextAlgorithm> =>
  module === undefined
    ? textAlgorithms[algorithm as TextAlgorithmName]
    : ((await loadModule(module)) as TextAlgorithm);

export const loadControlAlgorithm = async ({ algorithm, module }: Named): Promise<ControlAlgorithm> =>
  module === undefined
    ? controlAlgorithms[algorithm as ControlAlgorithmName]
    : ((await loadModule(module)) as ControlAlgorithm);
