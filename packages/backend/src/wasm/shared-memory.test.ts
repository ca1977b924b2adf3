import { describe, expect, it } from "vitest";
import { withSharedMemory } from "./shared-memory.ts";
import { webAssembly } from "./web-assembly.ts";

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** A section of a custom name, as long as LEB128 takes two bytes for. */
const custom = [0, 0x81, 1, 0, ...Array<number>(128).fill(5)];
/** One memory of 1 to 2 pages. */
const memory = [5, 4, 1, 1, 1, 2];

describe("withSharedMemory", () => {
  it("shares the memory of a module, and leaves everything else", () => {
    const module = Uint8Array.from([...header, ...custom, ...memory]);
    const changed = withSharedMemory(module);
    expect(webAssembly.validate(changed)).toBe(true);
    const different = [...changed.keys()].filter((i) => changed[i] !== module[i]);
    expect(different).toEqual([module.length - 3]);
    expect(changed.at(-3)).toBe(3);
  });

  it("refuses a module without a memory", () => {
    expect(() => withSharedMemory(Uint8Array.from([...header, ...custom]))).toThrow(/no memory section/);
  });
});
