import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type NativeInstall, switchTo } from "../native/manifest.ts";
import { machine, type System } from "../native/system.ts";
import { sourcesDigest } from "../native-sources.ts";

/** A folder that is gone after the test. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "accord-backend-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Tools by name, as shell scripts. */
export type Tools = Readonly<Record<string, string>>;

/** What the interpreter answers when it is asked what it has. */
export const pythonAnswers = (answer: object): string =>
  `echo '${JSON.stringify({ version: "3.12", hasPip: true, tensorflow: null, ...answer })}'`;

/** A Python without TensorFlow; `pip` is the script that runs for `python3 -m pip download`. */
export const pythonWithPip = (pip: string): string =>
  `if [ "$1" = -m ]; then\n${pip}\nelse\n${pythonAnswers({})}\nfi`;

/** A machine whose PATH has the given tools and no other. */
export const fakeMachine = (tools: Tools, overrides: Partial<System> = {}) => {
  const folder = temporaryFolder();
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const lines: string[] = [];
  const root = join(folder, "cache", "native");
  const system = machine({
    environment: { PATH: bin, ACCORD_CACHE: join(folder, "cache"), TMPDIR: folder, HOME: folder },
    log: (line) => lines.push(line),
    signal: new AbortController().signal,
    showProgress: false,
    platform: "linux",
    nodeVersion: "22.0.0",
    freeBytes: () => 1e12,
    ...overrides,
  });
  return { system, root, lines, folder };
};

/** Puts something in place that looks like an earlier installation. */
export const installBefore = (root: string): NativeInstall => {
  const install: NativeInstall = {
    format: 1,
    kind: "cpu",
    folder: "cpu-before",
    tensorflowVersion: "2.18.1",
    cuda: false,
    pythonPackage: null,
    addon: { name: "accord", sources: sourcesDigest() },
    files: { "tfjs-node/lib/tfjs_binding.node": 5 },
  };
  mkdirSync(join(root, install.folder, "tfjs-node", "lib"), { recursive: true });
  writeFileSync(join(root, install.folder, "tfjs-node", "lib", "tfjs_binding.node"), "addon");
  switchTo(root, install);
  return install;
};
