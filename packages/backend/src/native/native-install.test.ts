import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSource } from "../__fixtures__/run-source.ts";
import { launcher } from "../launcher.ts";
import { compileAddon, findCompiler } from "./compile-addon.ts";
import { addonFiles, readInstall } from "./manifest.ts";
import { machine } from "./system.ts";

/**
 * The real thing: downloads TensorFlow with pip and tfjs-node with npm, compiles the addon, and computes with it.
 * Needs what `accord-native install` needs: a network, Python with pip, a C++ compiler, 1.3 GB of disk.
 */
const folder = mkdtempSync(join(tmpdir(), "accord-native-"));
const root = join(folder, "cache", "native");
const environment = { ...process.env, ACCORD_CACHE: join(folder, "cache"), ACCORD_BACKEND: "" };
const accordNative = (args: readonly string[], cwd = folder) =>
  spawnSync(process.execPath, [launcher, ...args], { cwd, env: environment, encoding: "utf8" });

beforeAll(() => {
  const { status, stderr } = accordNative(["install"]);
  if (status !== 0) throw new Error(`This test installs native TensorFlow for real, which failed. ${stderr}`);
}, 1_800_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = `
  import { startBackend } from "@accord-rl/backend";
  import * as tf from "@tensorflow/tfjs-core";
  const { name, description } = await startBackend();
  const product = tf.matMul(tf.ones([300, 300]), tf.ones([300, 300]));
  const kernels = tf.getKernelsForBackend("tensorflow").length;
  console.log(JSON.stringify({ name, description, first: (await product.data())[0], kernels }));`;

describe("accord-native install", () => {
  it("leaves a complete installation of a supported TensorFlow", () => {
    const install = readInstall(root, "cpu");
    expect(install.tensorflowVersion).toMatch(/^2\.(1[5-9]|2[01])\./);
    expect(Object.keys(install.files)).toContain("tfjs-node/lib/accord_tensorflow.node");
    expect(install.addon?.name).toBe("accord");
  });

  it("is what a program then starts by itself, without a line of TensorFlow's own", () => {
    const { stdout, stderr } = runSource(program, { ...environment, CUDA_VISIBLE_DEVICES: "-1" });
    expect(stderr).toBe("");
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ name: "native", first: 300 });
    expect(result.description).toMatch(/^TensorFlow 2\.\d+\.\d+ on the CPU \(accord-native\)$/);
    expect(result.kernels).toBeGreaterThan(150);
  });

  it("lets TensorFlow speak where the user wants it to", () => {
    const { stderr } = runSource(program, { ...environment, TF_CPP_MIN_LOG_LEVEL: "0" });
    expect(stderr).toMatch(/cpu_feature_guard|oneDNN/);
  });

  it("does nothing when all is well", () => {
    const before = readInstall(root, "cpu");
    expect(accordNative(["install"]).stdout).toContain("Already there, and it works");
    expect(readInstall(root, "cpu")).toEqual(before);
  });

  it("shows in the doctor's table", () => {
    const { stdout } = accordNative(["doctor"]);
    expect(stdout).toMatch(/^native +yes +TensorFlow 2\.\d+\.\d+ on the CPU \(accord-native\)$/m);
  });
});

describe("damage", () => {
  const probe = (): { works: boolean; detail: string } =>
    JSON.parse(accordNative(["probe", "native"]).stdout.trim().split("\n").at(-1) ?? "");

  it("is told apart from a crash, and repaired by installing again", () => {
    const before = readInstall(root, "cpu");
    const addon = join(root, before.folder, "tfjs-node", "lib", addonFiles.accord);
    const healthy = readFileSync(addon);
    truncateSync(addon, 4096);
    expect(probe()).toMatchObject({ works: false });
    expect(probe().detail).toMatch(
      /is damaged \(.*accord_tensorflow\.node has 4096 bytes.*set it up again with: npx/,
    );
    writeFileSync(addon, Buffer.alloc(healthy.length)); // the right size, and nothing in it
    expect(probe().detail).toMatch(/set it up again with: npx accord-native install/);
    writeFileSync(addon, healthy);
    expect(probe()).toMatchObject({ works: true });
  });
});

/** tfjs-node's own addon, compiled once. */
let officialAddon = "";
beforeAll(async () => {
  const installed = join(root, readInstall(root, "cpu").folder);
  const tfjsNode = join(folder, "official");
  cpSync(join(installed, "tfjs-node", "binding"), join(tfjsNode, "binding"), { recursive: true });
  const tensorflow = join(installed, "tensorflow");
  const system = machine({ log: () => {}, signal: new AbortController().signal, showProgress: false });
  const inputs = { addon: "tfjs-node", tfjsNode, tensorflow, runPath: "$ORIGIN/../../tensorflow" } as const;
  await compileAddon(system, await findCompiler(system), inputs);
  officialAddon = join(tfjsNode, "lib", addonFiles["tfjs-node"]);
}, 300_000);

/** A project with tfjs-node as its own install script leaves it: entry point, and addon with libraries if that worked. */
const makeOfficial = ({ addon }: { addon: boolean }): string => {
  const project = mkdtempSync(join(folder, "project-"));
  const installed = join(root, readInstall(root, "cpu").folder);
  const target = join(project, "node_modules", "@tensorflow", "tfjs-node");
  cpSync(join(installed, "tfjs-node"), target, { recursive: true });
  const core = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core");
  for (const name of ["tfjs", "tfjs-core"]) {
    const standIn = join(target, "node_modules", "@tensorflow", name, "index.js");
    writeFileSync(standIn, `module.exports = require(${JSON.stringify(core)});\n`);
  }
  writeFileSync(
    join(target, "dist", "index.js"),
    `require("./register_all_kernels");
const { NodeJSKernelBackend } = require("./nodejs_kernel_backend");
const binding = require("../lib/napi-v8/tfjs_binding.node");
require("@tensorflow/tfjs").registerBackend("tensorflow", () => new NodeJSKernelBackend(binding, "tfjs-node"), 3);
`,
  );
  rmSync(join(target, "lib"), { recursive: true });
  if (addon) {
    mkdirSync(join(target, "lib", "napi-v8"), { recursive: true });
    cpSync(officialAddon, join(target, "lib", "napi-v8", addonFiles["tfjs-node"]));
    symlinkSync(join(installed, "tensorflow"), join(target, "tensorflow")); // where the addon looks: $ORIGIN/../..
  }
  return project;
};

describe("tfjs-node, installed the official way", () => {
  const probe = (cwd: string, cache = environment.ACCORD_CACHE) => {
    const env = { ...environment, ACCORD_CACHE: cache };
    const { stdout } = spawnSync(process.execPath, [launcher, "probe", "native"], {
      cwd,
      env,
      encoding: "utf8",
    });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { works: boolean; detail: string };
  };

  it("is used as it is where it works", () => {
    const { works, detail } = probe(makeOfficial({ addon: true }), "/nowhere");
    expect(detail).toMatch(/^TensorFlow 2\.\d+\.\d+ on the CPU \(@tensorflow\/tfjs-node\)$/);
    expect(works).toBe(true);
  });

  it("gives way to ours where its addon is missing, or it is another version", () => {
    const project = makeOfficial({ addon: false });
    expect(probe(project).detail).toMatch(/\(accord-native\)$/);
    expect(probe(project, "/nowhere").detail).toMatch(
      /^native TensorFlow is not installed; set it up with: npx accord-native install; @tensorflow\/tfjs-node is installed but does not load: it has no compiled addon$/,
    );
    const other = makeOfficial({ addon: true });
    const manifest = join(other, "node_modules", "@tensorflow", "tfjs-node", "package.json");
    writeFileSync(
      manifest,
      readFileSync(manifest, "utf8").replace('"version": "4.22.0"', '"version": "4.2.0"'),
    );
    expect(probe(other).detail).toMatch(/\(accord-native\)$/);
    expect(probe(other, "/nowhere").detail).toContain("version 4.2.0, expected 4.22.0 like tfjs-core");
  });
});
