import { describe, expect, it } from "vitest";
import { fakeMachine, installBefore, pythonAnswers, temporaryFolder } from "./__fixtures__/fake-machine.ts";
import { type Diagnosis, describeAddons, diagnose, diagnosisLines } from "./doctor.ts";
import { switchTo } from "./native/manifest.ts";
import { sourcesDigest } from "./native-sources.ts";

describe("diagnosisLines", () => {
  const diagnosis: Diagnosis = {
    backends: [
      { name: "gpu", works: false, detail: "no NVIDIA GPU" },
      { name: "wasm", works: true, detail: "WebAssembly" },
    ],
    requested: "auto",
    used: "wasm",
    tools: [{ name: "compiler", detail: "g++" }],
  };

  it("is a table, then what would be used, then what an installation would find", () => {
    expect(diagnosisLines(diagnosis)).toEqual([
      "backend  starts  what it is, or why not",
      "gpu      no      no NVIDIA GPU",
      "wasm     yes     WebAssembly",
      "",
      "Would be used: wasm",
      "",
      "for install",
      "compiler     g++",
    ]);
  });

  it("says that nothing would start", () => {
    const lines = diagnosisLines({ ...diagnosis, requested: "gpu", used: undefined });
    expect(lines).toContain("None would be used: gpu can't start (ACCORD_BACKEND=gpu)");
  });
});

describe("describeAddons", () => {
  it("says which addon is installed, and when it was made of other sources", () => {
    const root = temporaryFolder();
    expect(describeAddons(root)).toBe("none installed");
    const install = installBefore(root);
    expect(describeAddons(root)).toBe("cpu: our own");
    switchTo(root, { ...install, addon: { name: "tfjs-node", sources: sourcesDigest() } });
    expect(describeAddons(root)).toBe("cpu: tfjs-node's");
    const { addon: _, ...older } = install;
    switchTo(root, older);
    expect(describeAddons(root)).toBe(
      "cpu: tfjs-node's, of another version: npx accord-native install renews it",
    );
  });
});

describe("diagnose", () => {
  it("asks every backend in a process of its own", async () => {
    const { system, root } = fakeMachine({ python3: pythonAnswers({}) });
    const { backends, requested, used, tools } = await diagnose(system);
    expect(requested).toBe("auto");
    expect(backends.map(({ name }) => name)).toEqual(["gpu", "webgpu", "native", "wasm", "cpu"]);
    const [, , native, wasm, cpu] = backends;
    expect(native).toMatchObject({ works: false });
    expect(native?.detail).toContain("npx accord-native install");
    expect(wasm).toMatchObject({ works: true });
    expect(cpu).toMatchObject({ works: true, detail: "plain JavaScript (slow)" });
    expect(used).toBe(backends.find(({ works }) => works)?.name);
    expect(tools.map(({ detail }) => detail)).toEqual([
      expect.stringContaining("no C++ compiler found"),
      "python3 3.12 (pip, no TensorFlow)",
      "22.0.0",
      root,
      "none installed",
    ]);
  });
});
