import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import {
  fakeMachine,
  installBefore,
  pythonAnswers,
  pythonWithPip,
  type Tools,
} from "../__fixtures__/fake-machine.ts";
import { sourcesDigest } from "../native-sources.ts";
import { type InstallOptions, type InstallSteps, installNative, installSteps } from "./install.ts";
import { takeLock } from "./lock.ts";
import { type AddonName, addonFiles, type NativeKind, readInstall, switchTo } from "./manifest.ts";
import type { System } from "./system.ts";
import { uninstallNative } from "./uninstall.ts";

const compiler = "exit 0";
const working: Tools = { "g++": compiler, npm: "exit 0", python3: pythonWithPip("exit 0") };

/** Steps that succeed without a network or a compiler. */
const easySteps: InstallSteps = {
  ...installSteps,
  obtainTensorflow: async (_system, _pythons, _request, staging) => {
    mkdirSync(join(staging, "tensorflow"));
    writeFileSync(join(staging, "tensorflow", "libtensorflow_cc.so.2"), "library");
    writeFileSync(join(staging, "tensorflow", "c_api.h"), "header");
    const folder = join(staging, "tensorflow");
    return { version: "2.21.0", cuda: false, folder, runPath: "$ORIGIN", pythonPackage: null };
  },
  prepareTfjsNode: async (_system, _python, _kind, staging) => {
    mkdirSync(join(staging, "tfjs-node"));
    writeFileSync(join(staging, "tfjs-node", "package.json"), "{}");
    return join(staging, "tfjs-node");
  },
  compileAddon: async (_system, _compiler, { addon, tfjsNode }) => {
    mkdirSync(join(tfjsNode, "lib"), { recursive: true });
    writeFileSync(join(tfjsNode, "lib", addonFiles[addon]), "addon");
  },
  probeFolder: async () => ({ works: true, detail: "CPU" }),
};

interface Case {
  readonly tools?: Tools;
  readonly system?: Partial<System>;
  readonly options?: Partial<InstallOptions>;
  readonly steps?: Partial<InstallSteps>;
  readonly expected: string | RegExp;
}
const fail = (message: string) => async (): Promise<never> => {
  throw new Error(message);
};

const failFor =
  (addon: AddonName, message: string): InstallSteps["compileAddon"] =>
  async (system, compiler, inputs) => {
    if (inputs.addon === addon) throw new AccordError(message);
    await easySteps.compileAddon(system, compiler, inputs);
  };
const worksWithTheirs = (folder: string) =>
  existsSync(join(folder, "lib", addonFiles.accord))
    ? { works: false, detail: "it crashes (SIGSEGV)" }
    : { works: true, detail: "CPU" };

const cases: Readonly<Record<string, Case>> = {
  "no compiler": {
    tools: { python3: pythonWithPip("exit 0"), npm: "exit 0" },
    expected: /^no C\+\+ compiler found \(g\+\+, clang\+\+ or c\+\+ on PATH\): install one/,
  },
  "no Python": {
    tools: { "g++": compiler },
    expected: /^no Python 3\.8 or later found .*: install it, or name one with --python$/,
  },
  "a Python that is none": {
    options: { python: "/no/such/python" },
    expected: "--python /no/such/python is no Python 3.8 or later that runs",
  },
  "no pip": {
    tools: { "g++": compiler, python3: pythonAnswers({ hasPip: false }) },
    expected: /^no pip in python3: install it/,
  },
  "pip without its index": {
    tools: {
      ...working,
      python3: pythonWithPip("echo 'WARNING: Retrying' >&2; echo 'ERROR: Could not connect' >&2; exit 1"),
    },
    expected:
      /^pip download tensorflow-cpu==2\.21\.0 failed: ERROR: Could not connect; check that pip reaches/,
  },
  "a disk that fills while pip downloads": {
    tools: {
      ...working,
      python3: pythonWithPip("echo 'ERROR: [Errno 28] No space left on device' >&2; exit 1"),
    },
    expected: /^the disk is full \(pip download .*\): free some space, or set ACCORD_CACHE and TMPDIR/,
  },
  "a disk that is too full to begin": {
    system: { freeBytes: () => 5e8 },
    expected: /^too little disk space in .*: 0\.5 GB are free, about 1\.3 GB are needed/,
  },
  "a disk that fills while files are written": {
    steps: { ...easySteps, compileAddon: fail("ENOSPC: no space left on device, write") },
    expected: /^the disk is full/,
  },
  "an unsupported TensorFlow": {
    options: { tensorflowVersion: "2.9.1" },
    expected: /^TensorFlow 2\.9\.1 \(--tensorflow-version\) is not supported, expected 2\.15 to 2\.21/,
  },
  "an unsupported TensorFlow in the Python that was named": {
    tools: {
      ...working,
      mine: pythonAnswers({ tensorflow: { version: "1.15.5", folder: "/x", cuda: false } }),
    },
    options: { python: "mine" },
    expected: /^TensorFlow 1\.15\.5 \(mine\) is not supported/,
  },
  "npm that fails": {
    tools: { ...working, npm: "echo 'npm error code E404' >&2; exit 1" },
    steps: { obtainTensorflow: easySteps.obtainTensorflow },
    expected:
      /^fetching @tensorflow\/tfjs-node 4\.22\.0 with npm pack failed: npm error code E404; check that npm/,
  },
  "no npm": {
    tools: { "g++": compiler, python3: pythonWithPip("exit 0") },
    steps: { obtainTensorflow: easySteps.obtainTensorflow },
    expected: /^fetching @tensorflow\/tfjs-node .* failed: .*ENOENT/,
  },
  "other contents than expected": {
    tools: { ...working, npm: 'for last; do :; done; echo other > "$last/x.tgz"; echo x.tgz' },
    steps: { obtainTensorflow: easySteps.obtainTensorflow },
    expected: /gave other contents than expected \(sha512 .*\): clean npm's cache and try again$/,
  },
  "a compiler that fails": {
    tools: { ...working, "g++": "[ $# -eq 1 ] || { echo 'x.cc:1: error: no C++17' >&2; exit 1; }" },
    steps: { ...easySteps, compileAddon: installSteps.compileAddon, prepareTfjsNode: withSources },
    expected:
      "compiling tfjs-node's addon with g++ failed: x.cc:1: error: no C++17; a compiler with C++17 is needed",
  },
  "an addon that computes wrong": {
    steps: { ...easySteps, probeFolder: async () => ({ works: false, detail: "its gradient is [0]" }) },
    expected: "the compiled addon does not work in Node 22.0.0: its gradient is [0]",
  },
  "Node that is too new for the addon": {
    system: { nodeVersion: "99.0.0" },
    steps: { ...easySteps, probeFolder: async () => ({ works: false, detail: "it crashes (SIGSEGV)" }) },
    expected: "the compiled addon does not work in Node 99.0.0: it crashes (SIGSEGV)",
  },
  "Node that is too old": {
    system: { nodeVersion: "18.20.4" },
    expected: "Node 18.20.4 is too old, expected 20.19 or later",
  },
  "another operating system": {
    system: { platform: "win32" },
    expected: "native TensorFlow is set up on Linux only, this is win32; use WebAssembly here",
  },
};

function withSources(...args: Parameters<InstallSteps["prepareTfjsNode"]>): Promise<string> {
  mkdirSync(join(args[3], "tfjs-node", "binding"), { recursive: true });
  return Promise.resolve(join(args[3], "tfjs-node"));
}

describe("installNative", () => {
  it.each(Object.entries(cases))("ends with one line and the old state: %s", async (_, test) => {
    const { system, root } = fakeMachine(test.tools ?? working, test.system);
    const before = installBefore(root);
    const steps = { ...installSteps, ...test.steps };
    const options = { kind: "cpu", force: true, ...test.options } as const;
    const error = await installNative(system, options, steps).catch((error: unknown) => error);
    expect(AccordError.isInstance(error)).toBe(true);
    const { message } = error as Error;
    if (typeof test.expected === "string") expect(message).toBe(test.expected);
    else expect(message).toMatch(test.expected);
    expect(message).not.toContain("\n");
    expect(readInstall(root, "cpu")).toEqual(before);
    expect(readdirSync(root).sort()).toEqual(["cpu-before", "cpu.json"]);
  });

  it("ends what runs when it is interrupted, and leaves the old state", async () => {
    const controller = new AbortController();
    const { system, root, folder } = fakeMachine(
      { ...working, python3: pythonWithPip('echo $$ > "$HOME/pid"; exec /bin/sleep 60') },
      { signal: controller.signal },
    );
    const before = installBefore(root);
    const installing = installNative(system, { kind: "cpu", force: true }).catch((error: unknown) => error);
    const pid = await waitFor(() => Number(readFileSync(join(folder, "pid"), "utf8")) || undefined);
    controller.abort();
    expect(await installing).toMatchObject({ message: "interrupted" });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(readInstall(root, "cpu")).toEqual(before);
    expect(readdirSync(root).sort()).toEqual(["cpu-before", "cpu.json"]);
  });

  it("switches to the new state at the end, and removes the old one and what killed runs left", async () => {
    const { system, root, lines } = fakeMachine(working);
    installBefore(root);
    mkdirSync(join(root, "cpu-killed", "tensorflow"), { recursive: true });
    writeFileSync(join(root, "cpu.json.1.new"), "half");
    const install = await installNative(system, { kind: "cpu", force: true }, easySteps);
    expect(readInstall(root, "cpu")).toEqual(install);
    expect(readdirSync(root).sort()).toEqual([install.folder, "cpu.json"]);
    expect(install.files).toEqual({
      "tensorflow/libtensorflow_cc.so.2": 7,
      "tfjs-node/package.json": 2,
      "tfjs-node/lib/accord_tensorflow.node": 5,
    });
    expect(lines).toContain("Checking a matrix product and a gradient");
  });

  it("keeps what is there and works, unless another version or force is asked for", async () => {
    const { system, root } = fakeMachine(working);
    const before = installBefore(root);
    expect(await installNative(system, { kind: "cpu" }, easySteps)).toEqual(before);
    expect(await installNative(system, { kind: "cpu", tensorflowVersion: "2.18.1" }, easySteps)).toEqual(
      before,
    );
    const other = await installNative(system, { kind: "cpu", tensorflowVersion: "2.21.0" }, easySteps);
    expect(other.tensorflowVersion).toBe("2.21.0");
  });

  it("makes the addon anew, and nothing else, where it was made of other sources", async () => {
    const { system, root, lines } = fakeMachine(working);
    const before = installBefore(root);
    mkdirSync(join(root, before.folder, "tensorflow", "include"), { recursive: true });
    writeFileSync(join(root, before.folder, "tensorflow", "libtensorflow_cc.so.2"), "library");
    writeFileSync(join(root, before.folder, "tensorflow", "include", "c_api.h"), "header");
    writeFileSync(join(root, before.folder, "tfjs-node", "package.json"), "{}");
    switchTo(root, { ...before, addon: { name: "accord", sources: "older" } });
    const steps = { ...easySteps, obtainTensorflow: fail("no network"), prepareTfjsNode: fail("no network") };
    const install = await installNative(system, { kind: "cpu" }, steps);
    expect(install).toMatchObject({
      tensorflowVersion: "2.18.1",
      addon: { name: "accord", sources: sourcesDigest() },
      files: {
        "tensorflow/libtensorflow_cc.so.2": 7,
        "tfjs-node/package.json": 2,
        "tfjs-node/lib/accord_tensorflow.node": 5,
      },
    });
    const header = join(root, install.folder, "tensorflow", "include", "c_api.h");
    expect(readFileSync(header, "utf8")).toBe("header");
    expect(readdirSync(root).sort()).toEqual([install.folder, "cpu.json"]);
    expect(lines[0]).toBe("What is there was made by another version: making its addon anew");
    expect(await installNative(system, { kind: "cpu" }, steps)).toEqual(install);
  });

  it.each([
    ["does not compile", { compileAddon: failFor("accord", "no C++17") }, "no C++17"],
    [
      "does not work",
      { probeFolder: async (_: System, __: NativeKind, folder: string) => worksWithTheirs(folder) },
      "the compiled addon does not work in Node 22.0.0: it crashes (SIGSEGV)",
    ],
  ])("takes tfjs-node's addon, with one line, where our own %s", async (_, changed, reason) => {
    const { system, root, lines } = fakeMachine(working);
    const install = await installNative(system, { kind: "cpu" }, { ...easySteps, ...changed });
    expect(install.addon?.name).toBe("tfjs-node");
    expect(lines.filter((line) => line.startsWith("Our own addon"))).toEqual([
      `Our own addon can't be used here, so tfjs-node's is: ${reason}`,
    ]);
    expect(readdirSync(join(root, install.folder, "tfjs-node", "lib"))).toEqual(["tfjs_binding.node"]);
    // Nothing has changed since: a second run must not try again.
    expect(await installNative(system, { kind: "cpu" }, { ...easySteps, ...changed })).toEqual(install);
  });

  it("replaces what is there and damaged", async () => {
    const { system, root } = fakeMachine(working);
    installBefore(root);
    writeFileSync(join(root, "cpu-before", "tfjs-node", "lib", "tfjs_binding.node"), "cut");
    const install = await installNative(system, { kind: "cpu" }, easySteps);
    expect(readdirSync(root).sort()).toEqual([install.folder, "cpu.json"]);
  });

  it("refuses to run beside another one", async () => {
    const { system, root } = fakeMachine(working);
    installBefore(root);
    const unlock = takeLock(root);
    await expect(installNative(system, { kind: "cpu", force: true }, easySteps)).rejects.toThrow(
      `another accord-native (process ${process.pid} on `,
    );
    expect(readdirSync(root)).toContain("lock");
    unlock();
  });
});

describe("uninstallNative", () => {
  it("removes the kinds that are named, and says which were there", () => {
    const { system, root } = fakeMachine(working);
    expect(uninstallNative(system, ["cpu", "gpu"])).toEqual([]);
    installBefore(root);
    expect(uninstallNative(system, ["gpu"])).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(["cpu-before", "cpu.json"]);
    expect(uninstallNative(system, ["cpu", "gpu"])).toEqual(["cpu"]);
    expect(readdirSync(root)).toEqual([]);
  });
});

const waitFor = async <T>(read: () => T | undefined): Promise<T> => {
  for (let i = 0; i < 200; i++) {
    try {
      const value = read();
      if (value !== undefined) return value;
    } catch {
      // Not written yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new AccordError("nothing came within five seconds");
};
