import { InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { requestedThreads } from "./threads.ts";

describe("requestedThreads", () => {
  it.each([
    ["1", 1],
    [" 3 ", 3],
    ["100", 8],
  ])("takes the variable: %s", (variable, threads) => {
    expect(requestedThreads({ ACCORD_WASM_THREADS: variable })).toBe(threads);
  });

  it.each([{}, { ACCORD_WASM_THREADS: " " }])("takes the cores without it: %o", (environment) => {
    expect(requestedThreads(environment)).toBeGreaterThanOrEqual(1);
    expect(requestedThreads(environment)).toBeLessThanOrEqual(8);
  });

  it.each(["0", "-1", "two", "1.5"])("refuses %s", (variable) => {
    expect(() => requestedThreads({ ACCORD_WASM_THREADS: variable })).toThrow(InvalidArgumentError);
  });
});
