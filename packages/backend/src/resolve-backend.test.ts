import { AccordError, BackendUnavailableError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import type { BackendName } from "./backend-name.ts";
import { resolveBackend, type Starter } from "./resolve-backend.ts";

/** Backends of which only some start; keeps the order in which they were tried. */
const machineWith = (working: readonly BackendName[]) => {
  const calls: string[] = [];
  const starter =
    (name: BackendName): Starter =>
    async ({ wanted }) => {
      calls.push(`${name}${wanted ? " wanted" : ""}`);
      if (!working.includes(name)) throw new AccordError(`${name} is missing\nwith a second line`);
      return `the ${name} one`;
    };
  const starters = {
    gpu: starter("gpu"),
    webgpu: starter("webgpu"),
    native: starter("native"),
    wasm: starter("wasm"),
    cpu: starter("cpu"),
  };
  return { calls, starters };
};

describe("resolveBackend", () => {
  it("takes the first that starts, in order, and says why not the better ones", async () => {
    const { calls, starters } = machineWith(["wasm", "cpu"]);
    const lines: string[] = [];
    const started = await resolveBackend("auto", starters, (line) => lines.push(line));
    expect(started).toEqual({
      name: "wasm",
      description: "the wasm one",
      tried: [
        { backend: "gpu", reason: "gpu is missing" },
        { backend: "webgpu", reason: "webgpu is missing" },
        { backend: "native", reason: "native is missing" },
      ],
    });
    expect(calls).toEqual(["gpu", "webgpu", "native", "wasm"]);
    expect(lines).toEqual([
      "Backend gpu not used: gpu is missing",
      "Backend webgpu not used: webgpu is missing",
      "Backend native not used: native is missing",
    ]);
  });

  it("prefers a GPU to everything", async () => {
    const { calls, starters } = machineWith(["gpu", "webgpu", "native", "wasm", "cpu"]);
    expect((await resolveBackend("auto", starters)).name).toBe("gpu");
    expect(calls).toEqual(["gpu"]);
  });

  it("tries only the one that was asked for, and tells it so", async () => {
    const { calls, starters } = machineWith(["webgpu", "wasm"]);
    const lines: string[] = [];
    const started = await resolveBackend("webgpu", starters, (line) => lines.push(line));
    expect(started).toEqual({ name: "webgpu", description: "the webgpu one", tried: [] });
    expect(calls).toEqual(["webgpu wanted"]);
    expect(lines).toEqual([]);
  });

  it("never replaces the one that was asked for", async () => {
    const { calls, starters } = machineWith(["wasm", "cpu"]);
    const error = await resolveBackend("native", starters).catch((error: unknown) => error);
    expect(BackendUnavailableError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      backend: "native",
      message: 'startBackend: the backend "native" was asked for and can\'t start: native is missing',
      tried: [{ backend: "native", reason: "native is missing" }],
    });
    expect(calls).toEqual(["native wanted"]);
  });

  it("throws with every reason when none starts", async () => {
    const { starters } = machineWith([]);
    await expect(resolveBackend("auto", starters)).rejects.toThrow(
      "no backend can start: gpu: gpu is missing; webgpu: webgpu is missing; native: native is missing; wasm: wasm is missing; cpu: cpu is missing",
    );
  });
});
