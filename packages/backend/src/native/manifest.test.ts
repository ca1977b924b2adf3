import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installBefore, temporaryFolder } from "../__fixtures__/fake-machine.ts";
import { nativeFolder } from "./cache-folder.ts";
import { pointedFolder, pointerPath, readInstall } from "./manifest.ts";

describe("nativeFolder", () => {
  it("follows ACCORD_CACHE, then XDG_CACHE_HOME, then the home folder", () => {
    expect(nativeFolder({ ACCORD_CACHE: "/a", XDG_CACHE_HOME: "/x" })).toBe("/a/native");
    expect(nativeFolder({ XDG_CACHE_HOME: "/x" })).toBe("/x/accord-rl/native");
    expect(nativeFolder({})).toMatch(/\/\.cache\/accord-rl\/native$/);
  });
});

describe("readInstall", () => {
  const addon = "tfjs-node/lib/tfjs_binding.node";

  it("gives back what was switched to, and leaves no second file", () => {
    const root = temporaryFolder();
    const install = installBefore(root);
    expect(readInstall(root, "cpu")).toEqual(install);
    expect(readdirSync(root).sort()).toEqual(["cpu-before", "cpu.json"]);
  });

  it("says how to install what is not there", () => {
    const root = temporaryFolder();
    expect(() => readInstall(root, "cpu")).toThrow(
      "native TensorFlow is not installed; set it up with: npx accord-native install",
    );
    expect(() => readInstall(join(root, "nowhere"), "gpu")).toThrow("npx accord-native install --gpu");
  });

  it.each([
    ["empty", ""],
    ["cut", '{ "format": 1, "kind": "cpu"'],
    ["no object", "null"],
    [
      "another format",
      '{ "format": 2, "kind": "cpu", "folder": "x", "tensorflowVersion": "2", "files": {} }',
    ],
    ["another kind", '{ "format": 1, "kind": "gpu", "folder": "x", "tensorflowVersion": "2", "files": {} }'],
  ])("calls a pointer that is %s damaged", (_, text) => {
    const root = temporaryFolder();
    installBefore(root);
    writeFileSync(pointerPath(root, "cpu"), text);
    expect(() => readInstall(root, "cpu")).toThrow(/cpu\.json is damaged; set it up again with: npx/);
  });

  it("notices a file that is missing or cut, before anything is loaded", () => {
    const root = temporaryFolder();
    installBefore(root);
    truncateSync(join(root, "cpu-before", addon), 3);
    expect(() => readInstall(root, "cpu")).toThrow(
      `damaged (${addon} has 3 bytes, expected 5); set it up again`,
    );
    rmSync(join(root, "cpu-before", addon));
    expect(() => readInstall(root, "cpu")).toThrow(`${addon} is missing`);
    expect(pointedFolder(root, "cpu")).toBe("cpu-before");
  });

  it("notices that a Python's TensorFlow, used in place, is gone", () => {
    const root = temporaryFolder();
    const library = join(root, "site-packages", "libtensorflow_cc.so.2");
    mkdirSync(join(root, "site-packages"));
    writeFileSync(library, "library");
    const install = { ...installBefore(root), files: { [library]: 7 } };
    writeFileSync(pointerPath(root, "cpu"), JSON.stringify(install));
    expect(readInstall(root, "cpu").files).toEqual({ [library]: 7 });
    rmSync(library);
    expect(() => readInstall(root, "cpu")).toThrow(`${library} is missing`);
  });
});
