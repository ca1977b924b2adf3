import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { fakeMachine, pythonWithPip } from "../__fixtures__/fake-machine.ts";
import type { Python } from "./python.ts";
import { obtainTensorflow, type TensorflowRequest } from "./tensorflow.ts";
import { checkTensorflowVersion, isSupportedVersion, pinnedWheels } from "./tensorflow-version.ts";
import { wheelHashes } from "./wheel-hashes.ts";

const request: TensorflowRequest = { kind: "cpu", tensorflowVersion: undefined, python: undefined };
const python = (
  command: string,
  tensorflow: Partial<NonNullable<Python["tensorflow"]>> | null,
  hasPip = false,
): Python => ({
  command,
  version: "3.12",
  hasPip,
  tensorflow: tensorflow && {
    version: "2.20.0",
    folder: `/${command}/tensorflow`,
    cuda: false,
    ...tensorflow,
  },
});

describe("supported versions", () => {
  it("are 2.15 to 2.21", () => {
    expect(["2.15.0", "2.18.1", "2.21.0", "2.21.0rc1", "2.21"].map(isSupportedVersion)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(["2.14.1", "2.22.0", "1.15.0", "3.0.0", "2.210.0", "newest", ""].map(isSupportedVersion)).toEqual(
      Array(7).fill(false),
    );
  });

  it("are named where another one is met", () => {
    try {
      checkTensorflowVersion("1.15.0", "python3");
      expect.unreachable();
    } catch (error) {
      expect(InvalidArgumentError.isInstance(error)).toBe(true);
      expect((error as Error).message).toBe(
        "TensorFlow 1.15.0 (python3) is not supported, expected 2.15 to 2.21; choose one with --tensorflow-version",
      );
    }
  });
});

describe("obtainTensorflow", () => {
  it("takes the first Python's that fits, in place, and says why not the others'", async () => {
    const { system, lines } = fakeMachine({});
    const pythons = [
      python("old", { version: "2.9.1" }),
      python("empty", null),
      python("good", {}),
      python("later", { version: "2.21.0" }),
    ];
    expect(await obtainTensorflow(system, pythons, request, "/staging")).toEqual({
      version: "2.20.0",
      cuda: false,
      folder: "/good/tensorflow",
      runPath: "/good/tensorflow",
      pythonPackage: "/good/tensorflow",
    });
    expect(lines[0]).toBe("The TensorFlow of old is not used: it has 2.9.1, supported are 2.15 to 2.21");
    const exact = { ...request, tensorflowVersion: "2.21.0" };
    expect((await obtainTensorflow(system, pythons, exact, "/staging")).folder).toBe("/later/tensorflow");
  });

  it("wants CUDA for a GPU", async () => {
    const { system } = fakeMachine({});
    const pythons = [python("plain", {}), python("cuda", { cuda: true })];
    const found = await obtainTensorflow(system, pythons, { ...request, kind: "gpu" }, "/staging");
    expect(found.folder).toBe("/cuda/tensorflow");
  });

  it("refuses the TensorFlow of a Python that was named, rather than take another", async () => {
    const { system } = fakeMachine({});
    const attempt = (tensorflow: object, kind: "cpu" | "gpu") =>
      obtainTensorflow(
        system,
        [python("mine", tensorflow)],
        { ...request, kind, python: "mine" },
        "/staging",
      );
    await expect(attempt({ version: "2.9.1" }, "cpu")).rejects.toThrow(
      "TensorFlow 2.9.1 (mine) is not supported, expected 2.15 to 2.21",
    );
    await expect(attempt({}, "gpu")).rejects.toThrow(
      "--python mine: its TensorFlow 2.20.0 is built without CUDA; name another Python",
    );
  });

  it("needs pip where no Python has TensorFlow", async () => {
    const { system } = fakeMachine({});
    await expect(obtainTensorflow(system, [python("bare", null)], request, "/staging")).rejects.toThrow(
      "no pip in bare: install it",
    );
  });
});

describe("pinned wheels", () => {
  it("have a hash for every version, and for every library", () => {
    for (const [version, { cpu, gpu, cuda }] of Object.entries(wheelHashes)) {
      expect(isSupportedVersion(version)).toBe(true);
      expect([cpu, gpu].map((line) => line.split("==")[0])).toEqual(["tensorflow-cpu", "tensorflow"]);
      for (const line of [cpu, gpu, ...cuda])
        expect(line).toMatch(/^[a-z0-9-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$/);
      expect(cuda.length).toBeGreaterThan(10);
    }
    expect(pinnedWheels().version).toBe("2.21.0");
    expect(() => pinnedWheels("2.21.99")).toThrow(
      /^the hash of TensorFlow 2\.21\.99 is not known, so it is not downloaded; expected one of 2\.15\.0, /,
    );
  });

  it("are asked for with their hash, and refused before they are unpacked where they are others", async () => {
    // This pip takes what is wrong: the last but two of its arguments is the folder.
    const pip =
      'echo "$*" > "$HOME/asked"; while [ "$1" != --dest ]; do shift; done; echo other > "$2/tensorflow_cpu.whl"';
    const { system, folder } = fakeMachine({ python3: pythonWithPip(pip) });
    await expect(obtainTensorflow(system, [python("python3", null, true)], request, folder)).rejects.toThrow(
      // sha256 of "other\n", by sha256sum
      /^tensorflow_cpu\.whl has sha256 7e4fa2[0-9a-f]{58}, which is none that was expected; nothing of it was used/,
    );
    expect(readFileSync(join(folder, "asked"), "utf8")).toMatch(/--only-binary=:all: .*--require-hashes /);
    expect(readdirSync(folder).filter((name) => !["asked", "bin", "wheels"].includes(name))).toEqual([]);
  });
});
