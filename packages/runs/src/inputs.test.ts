import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError } from "@accord-rl/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkInputs, hashInputs } from "./inputs.ts";

let folder: string;
let data: string;
let model: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "accord-inputs-"));
  data = join(folder, "data.json");
  model = join(folder, "model");
  mkdirSync(model);
  writeFileSync(data, "abc");
  writeFileSync(join(model, "config.json"), "{}");
});
afterEach(() => rmSync(folder, { recursive: true }));

const inputs = () =>
  hashInputs({ data: `path:${data}`, model, policy: "stories15M", server: "http://localhost/v1#m" });

test("files are hashed, folders by their files; what is no path has none", async () => {
  expect(await inputs()).toEqual({
    // FIPS 180-2, appendix B.1
    data: {
      [data]: { bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    },
    model: { [join(model, "config.json")]: { bytes: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    policy: {},
    server: {},
  });
});

test.each([
  [
    "changed",
    () => writeFileSync(data, "abd"),
    /data\.json: has changed \(sha256 ba7816bf8f01…, now a52d159f262b…\)/,
  ],
  ["grew", () => writeFileSync(data, "abcd"), /data\.json: has changed \(3 bytes, now 4; sha256/],
  ["is gone", () => rmSync(data), /data\.json: is gone since this run was started/],
  ["was added", () => writeFileSync(join(model, "tokenizer.json"), "{}"), /tokenizer\.json: was added/],
])("a file that %s is named, with what to do", async (_, change, message) => {
  const before = await inputs();
  change();
  const now = await inputs();
  expect(() => checkInputs(before, now)).toThrow(DataError);
  expect(() => checkInputs(before, now)).toThrow(message);
  expect(() => checkInputs(before, now)).toThrow(
    "Put the original back, or start a new run with another --out",
  );
});

test("a part of a split GGUF file stands for all of them", async () => {
  const parts = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"].map((name) => join(folder, name));
  for (const path of [...parts, join(folder, "other-00001-of-00002.gguf")]) writeFileSync(path, "");
  const { model: files = {} } = await hashInputs({ model: parts[0] as string });
  expect(Object.keys(files)).toEqual(parts);
});

test("files that nothing reads may come and go, and so may a path that was none", async () => {
  const before = await inputs();
  writeFileSync(join(model, "notes.pdf"), "");
  writeFileSync(join(model, ".hidden.json"), "");
  mkdirSync(join(model, "checkpoints.json"));
  expect(() => checkInputs(before, { ...before, policy: { x: { bytes: 1, sha256: "" } } })).not.toThrow();
  checkInputs(before, await inputs());
});
