import { afterEach, beforeEach, expect, vi } from "vitest";

const methods = ["log", "info", "warn", "error", "debug"] as const;

/** A test that prints fails, unless it replaced the method itself (vi.spyOn(console, …)) to look at what is printed. */
export const failOnOutput = (): void => {
  const printed: string[] = [];
  beforeEach(() => {
    printed.length = 0;
    for (const method of methods) {
      vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
        printed.push(`console.${method}: ${words.map(String).join(" ")}`);
      });
    }
  });
  afterEach(() => {
    for (const method of methods) vi.mocked(console[method]).mockRestore?.();
    expect(printed, "a test must not print").toEqual([]);
  });
};
