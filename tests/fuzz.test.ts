import { readFile } from "node:fs/promises";
import { CheckpointError, DataError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { runTarget } from "../tools/fuzz/run-target.ts";
import type { FuzzTarget } from "../tools/fuzz/target.ts";
import { targets } from "../tools/fuzz/targets/index.ts";
import { watchTarget } from "../tools/fuzz/watch.ts";

describe("500 damaged files are refused by name, with no crash, no hang and no memory beyond them", () => {
  it.each(Object.keys(targets))("%s", async (name) => {
    const { read, refused, failures } = await watchTarget(name, { mutations: 500, seed: 1 });
    expect(failures).toEqual([]);
    expect(refused).toBeGreaterThan(100);
    expect(read + refused).toBe(500);
  });
});

describe("a reader that is careless is found", () => {
  const seed = new TextEncoder().encode("a well-formed file");
  const reportOf = (readDamaged: (bytes: Uint8Array, path: string) => void) => {
    const target: FuzzTarget = {
      seeds: async () => [seed],
      read: async (path) => {
        const bytes = await readFile(path);
        if (!bytes.equals(seed)) readDamaged(bytes, path);
      },
    };
    return runTarget(target, { mutations: 5, seed: 1 }, () => {});
  };

  it("where it throws an error of no name", async () => {
    const { failures, refused } = await reportOf(() => JSON.parse("{"));
    expect(refused).toBe(0);
    expect(failures).toHaveLength(5);
    expect(failures[0]).toContain("mutation 0: an error without a name of ours: SyntaxError");
  });
  it("where it asks for more than the file has", async () => {
    const { failures } = await reportOf(() => new Float32Array(2 ** 20));
    expect(failures[0]).toMatch(/asked for 4194304 bytes, at most \d+ may be/);
    const caught = await reportOf(() => {
      try {
        new ArrayBuffer(2 ** 52);
      } catch {
        // Asking is what counts.
      }
    });
    expect(caught.failures).toHaveLength(5);
  });
  it("and one that isn't, isn't", async () => {
    const { failures, refused, read } = await reportOf((bytes, path) => {
      if (bytes.length === seed.length) return;
      if (bytes.length < seed.length) throw new CheckpointError({ path, message: "cut short" });
      throw new DataError({ path, message: "too long" });
    });
    expect(failures).toEqual([]);
    expect(refused + read).toBe(5);
  });
});
