import { BackendUnavailableError, InvalidArgumentError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { runSource } from "./__fixtures__/run-source.ts";
import { selfCheck } from "./self-check.ts";
import { startBackend } from "./start-backend.ts";

const before = tf.getBackend();
afterAll(() => tf.setBackend(before));

describe("startBackend", () => {
  it.each([
    ["wasm", "wasm", /^WebAssembly/],
    ["cpu", "cpu", /^plain JavaScript/],
  ] as const)("starts %s, which computes right", async (backend, registered, description) => {
    const started = await startBackend({ backend });
    expect(started).toMatchObject({ name: backend, tried: [] });
    expect(started.description).toMatch(description);
    expect(tf.getBackend()).toBe(registered);
    const numTensors = tf.memory().numTensors;
    await selfCheck();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("can be called again, also for another backend", async () => {
    for (const backend of ["wasm", "cpu", "wasm", "wasm"] as const) {
      expect((await startBackend({ backend })).name).toBe(backend);
      await selfCheck();
    }
  });

  it("rejects an unknown name", async () => {
    const unknown = "quantum" as "cpu";
    const error = await startBackend({ backend: unknown }).catch((error: unknown) => error);
    expect(InvalidArgumentError.isInstance(error)).toBe(true);
  });

  it("measures that products are as exact as was asked for", async () => {
    const start = (matmulPrecision: "float32" | "bfloat16") =>
      startBackend({ backend: "wasm", tensorflow: { matmulPrecision } });
    await start("float32");
    const numTensors = tf.memory().numTensors;
    const error = await start("bfloat16").catch((error: unknown) => error);
    expect(BackendUnavailableError.isInstance(error)).toBe(true);
    expect((error as Error).message).toMatch(/products in bfloat16 were asked for, and wasm .* in float32/);
    expect(tf.memory().numTensors).toBe(numTensors);
    await expect(start("float16" as "float32")).rejects.toThrow(/expected one of float32, bfloat16/);
  });
});

/** Prints what came of it; TensorFlow.js itself must print nothing. */
const program = (backend: string, after = "") => `
  import { startBackend } from "@accord-rl/backend";
  import * as tf from "@tensorflow/tfjs-core";
  const listeners = () => ["uncaughtException", "unhandledRejection"].map((name) => process.listenerCount(name));
  const before = listeners();
  const { name, tried } = await startBackend(${backend});
  const data = await tf.add(tf.ones([2]), 1).data();
  const rest = listeners().map((count, i) => count - before[i]);
  console.log(JSON.stringify({ name, tried: tried.map((one) => one.backend), data: [...data], rest }));
  ${after}`;

describe("a program of its own", () => {
  const nowhere = { ACCORD_BACKEND: "", ACCORD_CACHE: "/nowhere", CUDA_VISIBLE_DEVICES: "-1" };

  it.each(["wasm", "cpu"])(
    "prints nothing but its own lines with %s, and keeps its own crash handling",
    (name) => {
      const { status, stdout, stderr } = runSource(program(`{ backend: "${name}" }`));
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ name, tried: [], data: [2, 2], rest: [0, 0] });
    },
  );

  it("takes ACCORD_BACKEND where no option is given, and the option before it", () => {
    const environment = { ...nowhere, ACCORD_BACKEND: "cpu" };
    expect(JSON.parse(runSource(program("{}"), environment).stdout).name).toBe("cpu");
    expect(JSON.parse(runSource(program('{ backend: "wasm" }'), environment).stdout).name).toBe("wasm");
  });

  it("falls back to WebAssembly where nothing else is set up, with one line for each that is skipped", () => {
    const { stdout, stderr } = runSource(program("{ log: console.error }"), nowhere);
    expect(JSON.parse(stdout)).toMatchObject({ name: "wasm", tried: ["gpu", "webgpu", "native"] });
    const lines = stderr.trim().split("\n");
    expect(lines.map((line) => line.split(" not used")[0])).toEqual([
      "Backend gpu",
      "Backend webgpu",
      "Backend native",
    ]);
    expect(lines[2]).toContain("npx accord-native install");
  });

  it("gets an error that says what to do when the backend that it asked for is not there", () => {
    const { stdout } = runSource(
      `import { startBackend } from "@accord-rl/backend";
      await startBackend({ backend: "native" }).catch((error) => console.log(error.name + ": " + error.message));`,
      nowhere,
    );
    expect(stdout).toBe(
      `${BackendUnavailableError.name}: startBackend: the backend "native" was asked for and can't start: native TensorFlow is not installed; set it up with: npx accord-native install\n`,
    );
  });
});
