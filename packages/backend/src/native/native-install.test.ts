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

/** Rounds 1 + 2⁻¹² to 1 in bfloat16, and tells of a second start. */
const precisionProgram = `
  import { startBackend } from "@accord-rl/backend";
  import * as tf from "@tensorflow/tfjs-core";
  const start = (matmulPrecision) =>
    startBackend({ backend: "native", tensorflow: { matmulPrecision } }).then(({ description }) => description, String);
  const first = await start("bfloat16");
  const product = tf.matMul(tf.fill([64, 64], 1 + 2 ** -12), tf.ones([64, 64]));
  console.log(JSON.stringify({ first, product: (await product.data())[0], second: await start("float32") }));`;

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

  it("says that it multiplies in bfloat16 where it does, and else refuses when that is asked for", () => {
    const { stdout, stderr } = runSource(precisionProgram, environment);
    expect(stderr).toBe("");
    const { first, product, second } = JSON.parse(stdout);
    // A processor's flags don't foretell it: a kernel may withhold AMX from a process. Without AMX it is never so.
    if (product === 64) {
      expect(readFileSync("/proc/cpuinfo", "utf8")).toContain("amx_bf16");
      expect(first).toMatch(/ on the CPU .*, products in bfloat16$/);
      expect(second).toMatch(/products in float32 were asked for.*start it in a new process/);
    } else {
      expect(first).toMatch(/products in bfloat16 were asked for.*multiplies in float32/);
      expect(product).toBeCloseTo(64 * (1 + 2 ** -12), 5);
    }
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

/** One digest of the result's bits for each kernel, on the same numbers in every process. */
const bitsProgram = `
  import { createHash } from "node:crypto";
  import { startBackend } from "@accord-rl/backend";
  import * as tf from "@tensorflow/tfjs-core";
  process.chdir(process.env.PROJECT);
  const { description } = await startBackend({ backend: "native" });
  const random = (shape, seed) => tf.randomUniform(shape, -2, 2, "float32", seed);
  const [a, b, image, filter] = [random([64, 96], 1), random([96, 80], 2), random([4, 16, 16, 3], 3), random([3, 3, 3, 8], 4)];
  const ids = tf.tensor1d([3, 1, 3, 60], "int32");
  const results = {
    matMul: tf.matMul(a, b), conv2d: tf.conv2d(image, filter, 1, "same"), maxPool: tf.maxPool(image, 2, 2, "valid"),
    exp: tf.exp(a), tanh: tf.tanh(a), erf: tf.erf(a), softmax: tf.softmax(a), logSoftmax: tf.logSoftmax(a), sum: tf.sum(a, 1),
    mean: tf.mean(a), max: tf.max(a, 0), argMax: tf.argMax(a, 1), cumsum: tf.cumsum(a, 1), gather: tf.gather(a, ids),
    segments: tf.unsortedSegmentSum(tf.gather(a, ids), ids, 64), topk: tf.topk(a, 5).values, transpose: tf.transpose(a),
    concat: tf.concat([a, tf.slice(a, [0, 8], [64, 64])], 1), where: tf.where(tf.greater(a, 0), a, tf.neg(a)),
    equal: tf.notEqual(a, tf.round(a)), cast: tf.cast(a, "int32"), complex: tf.abs(tf.complex(a, a)), fft: tf.real(tf.fft(tf.complex(a, a))),
    strings: tf.tensor(["", "é", "long enough to be allocated by itself"]),
  };
  const digests = {};
  for (const [name, tensor] of Object.entries(results)) {
    const values = tensor.dtype === "string" ? await tensor.bytes() : [new Uint8Array((await tensor.data()).slice().buffer)];
    const hash = createHash("sha256");
    for (const value of values) hash.update(value);
    digests[name] = tensor.shape + ":" + hash.digest("hex");
  }
  console.log(JSON.stringify({ description, digests }));`;

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

  it("computes the same bits with its own addon as with ours", () => {
    const digest = (project: string, cache: string | undefined) => {
      const result = runSource(bitsProgram, {
        ...environment,
        ACCORD_CACHE: cache,
        PROJECT: project,
      });
      expect(result.status, result.stderr).toBe(0);
      return JSON.parse(result.stdout) as { description: string; digests: Record<string, string> };
    };
    const theirs = digest(makeOfficial({ addon: true }), "/nowhere");
    const ours = digest(folder, environment.ACCORD_CACHE);
    expect(theirs.description).toContain("@tensorflow/tfjs-node");
    expect(ours.description).toMatch(/\(accord-native\)$/);
    expect(Object.keys(ours.digests).length).toBeGreaterThan(15);
    expect(ours.digests).toEqual(theirs.digests);
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
