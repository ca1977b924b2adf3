import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../__fixtures__/fake-machine.ts";
import { launcher } from "../launcher.ts";
import { isSoftwareAdapter } from "./webgpu.ts";

const adapter = (info: object) => ({
  info: { vendor: "", architecture: "", device: "", description: "", ...info },
});

describe("isSoftwareAdapter", () => {
  it("knows renderers that compute on the processor by their names", () => {
    const software = [
      { vendor: "google", architecture: "swiftshader", description: "SwiftShader driver 5.0.0" },
      { vendor: "mesa", description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
      { vendor: "microsoft", description: "Microsoft Basic Render Driver" },
      { vendor: "new", isFallbackAdapter: true },
    ];
    const hardware = [
      { vendor: "nvidia", architecture: "turing", description: "NVIDIA T4" },
      { vendor: "apple", architecture: "metal-3" },
      { vendor: "amd", isFallbackAdapter: false },
      {},
    ];
    expect(software.map((info) => isSoftwareAdapter(adapter(info)))).toEqual([true, true, true, true]);
    expect(hardware.map((info) => isSoftwareAdapter(adapter(info)))).toEqual([false, false, false, false]);
  });
});

/** A project with packages named like the real ones: an adapter as given, and a backend that computes in JavaScript. */
const projectWith = (info: object | null): string => {
  const project = temporaryFolder();
  const write = (name: string, source: string): void => {
    const folder = join(project, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "main": "index.js" }');
    writeFileSync(join(folder, "index.js"), source);
  };
  const load = createRequire(import.meta.url);
  const path = (name: string) => JSON.stringify(load.resolve(name));
  const found = info && adapter(info);
  write(
    "webgpu",
    `exports.globals = { GPUBufferUsage: {} };
    exports.create = () => ({ requestAdapter: async () => (${JSON.stringify(found)}) });`,
  );
  write(
    "@tensorflow/tfjs-backend-webgpu",
    `if (!navigator.gpu || !globalThis.GPUBufferUsage) throw new Error("no WebGPU where browsers have it");
    const tf = require(${path("@tensorflow/tfjs-core")});
    const { MathBackendCPU } = require(${path("@tensorflow/tfjs-backend-cpu")});
    tf.copyRegisteredKernels("cpu", "webgpu");
    tf.registerBackend("webgpu", async () => Object.assign(new MathBackendCPU(), { firstUse: false }));`,
  );
  return project;
};

describe("the backend webgpu", () => {
  const probe = (cwd: string, args: readonly string[] = []): { works: boolean; detail: string } => {
    const { stdout } = spawnSync(process.execPath, [launcher, "probe", "webgpu", ...args], {
      cwd,
      encoding: "utf8",
    });
    return JSON.parse(stdout);
  };
  const nvidia = { vendor: "nvidia", architecture: "turing", description: "NVIDIA T4" };
  const swiftShader = { vendor: "google", architecture: "swiftshader", description: "SwiftShader 5" };

  it("starts on a real adapter", () => {
    expect(probe(projectWith(nvidia))).toEqual({ works: true, detail: "WebGPU on NVIDIA T4" });
  });

  it("starts on a software renderer only when asked for", () => {
    const project = projectWith(swiftShader);
    expect(probe(project)).toEqual({
      works: false,
      detail: "only a software renderer is there (SwiftShader 5); it is used when asked for by name",
    });
    expect(probe(project, ["--wanted"])).toEqual({ works: true, detail: "WebGPU on SwiftShader 5" });
  });

  it("says what is missing", () => {
    expect(probe(projectWith(null), ["--wanted"])).toEqual({
      works: false,
      detail: "no GPU adapter: check the graphics driver (Vulkan on Linux)",
    });
    expect(probe(temporaryFolder())).toEqual({
      works: false,
      detail: "the package webgpu is not installed; add it with: npm install webgpu",
    });
  });
});
