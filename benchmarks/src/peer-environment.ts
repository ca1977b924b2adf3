import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";

const peers = join(import.meta.dirname, "peers");
const requirementsPath = join(peers, "requirements.txt");
const environment = join(import.meta.dirname, "../.peer");

/** Runs a program whose output the user may watch. @throws AccordError that says which step failed and what to do. */
const runStep = (what: string, command: string, args: readonly string[]): void => {
  try {
    execFileSync(command, args, { stdio: ["ignore", 2, 2] });
  } catch (cause) {
    throw new AccordError(
      `The peer's Python environment: ${what} failed (${command} ${args.join(" ")}). Install python3 with its venv module, or give a Python that has torch and transformers with --python.`,
      { cause },
    );
  }
};

/**
 * The Python of an environment with what requirements.txt names, made by pip the first time. It is made anew when the
 * file has changed or an earlier attempt was broken off.
 */
export const preparePeerPython = (log: (line: string) => void): string => {
  const python = join(environment, "bin/python");
  const stamp = join(environment, "requirements.txt");
  const requirements = readFileSync(requirementsPath, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === requirements) return python;
  log(`Making the peer's Python environment in ${environment}: several gigabytes, once.`);
  rmSync(environment, { recursive: true, force: true });
  runStep("venv", "python3", ["-m", "venv", environment]);
  runStep("pip", python, ["-m", "pip", "install", "--quiet", "-r", requirementsPath]);
  writeFileSync(stamp, requirements);
  return python;
};

export const peerScript = (name: string): string => join(peers, name);
