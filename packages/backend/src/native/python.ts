import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { runCommand, type System } from "./system.ts";

/** A Python interpreter and what of use it has. */
export interface Python {
  readonly command: string;
  /** Such as "3.12". */
  readonly version: string;
  readonly hasPip: boolean;
  /** The TensorFlow in it, when its C++ library is there. */
  readonly tensorflow: { readonly version: string; readonly folder: string; readonly cuda: boolean } | null;
}

/** Looks without importing TensorFlow, which takes seconds. */
const inspectScript = `
import importlib.util, json, os, re, sys
from importlib import metadata
found = None
spec = importlib.util.find_spec("tensorflow")
for folder in (spec.submodule_search_locations or []) if spec else []:
    if os.path.exists(os.path.join(folder, "libtensorflow_cc.so.2")):
        names = (d.metadata["Name"] or "" for d in metadata.distributions())
        names = [n for n in names if re.fullmatch(r"(?i)(tensorflow([-_](cpu|gpu|cpu[-_]aws|rocm|intel))?|tf[-_]nightly([-_]cpu)?)", n)]
        build = os.path.join(folder, "python", "platform", "build_info.py")
        text = open(build).read() if os.path.exists(build) else ""
        cuda = re.search(r"is_cuda_build['\\"]\\s*:\\s*True", text) is not None
        if names: found = {"version": metadata.version(names[0]), "folder": folder, "cuda": cuda}
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "hasPip": importlib.util.find_spec("pip") is not None,
    "tensorflow": found,
}))
`;

const inspect = async (system: System, command: string): Promise<Python | undefined> => {
  const { code, stdout } = await runCommand(system, command, ["-c", inspectScript]);
  if (code !== 0) return undefined;
  try {
    return { command, ...(JSON.parse(stdout) as Omit<Python, "command">) };
  } catch {
    return undefined;
  }
};

/**
 * The interpreters to consider, in order: the one that was named and no other; else the active virtual environment
 * and those on PATH.
 */
export const findPythons = async (
  system: System,
  named: string | undefined,
): Promise<readonly [Python, ...Python[]]> => {
  const environment = system.environment.VIRTUAL_ENV;
  const commands =
    named === undefined
      ? [...(environment ? [join(environment, "bin", "python")] : []), "python3", "python"]
      : [named];
  const found: Python[] = [];
  for (const command of commands) {
    const python = await inspect(system, command);
    if (python !== undefined) found.push(python);
  }
  const [first, ...others] = found;
  if (first !== undefined) return [first, ...others];
  throw new AccordError(
    named === undefined
      ? "no Python 3.8 or later found (python3 on PATH, VIRTUAL_ENV): install it, or name one with --python"
      : `--python ${named} is no Python 3.8 or later that runs`,
  );
};
