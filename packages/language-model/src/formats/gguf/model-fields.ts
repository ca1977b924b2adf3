import { quoteOutside } from "@accord-rl/core";
import type { GgufMetadata } from "@accord-rl/tokenizers";
import type { Fail } from "./header-cursor.ts";

/** What a file's metadata says of its model: the keys that start with the architecture's name. */
export interface ModelFields {
  readonly architecture: string;
  has(key: string): boolean;
  /** @throws CheckpointError when it is no number; without a fallback, also when it is missing. */
  number(key: string, fallback?: number): number;
  text(key: string, fallback: string): string;
  fail(message: string): never;
}

/** Files keep float32: the shortest decimal number that is the same there. */
export const shortest = (value: number): number => {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : value;
};

/** @throws CheckpointError when the metadata names no architecture. */
export const modelFields = (metadata: GgufMetadata, fail: Fail): ModelFields => {
  const architecture = metadata["general.architecture"];
  if (typeof architecture !== "string") return fail("its metadata has no general.architecture");
  const at = (key: string) => metadata[`${architecture}.${key}`];
  return {
    architecture,
    has: (key) => at(key) !== undefined,
    number: (key, fallback) => {
      const value = at(key) ?? fallback;
      return typeof value === "number"
        ? shortest(value)
        : fail(`${architecture}.${key} is ${shown(value)}, expected a number`);
    },
    text: (key, fallback) => {
      const value = at(key) ?? fallback;
      return typeof value === "string"
        ? value
        : fail(`${architecture}.${key} is ${shown(value)}, expected a text`);
    },
    fail,
  };
};

const shown = (value: unknown): string =>
  value === undefined ? "missing" : typeof value === "object" ? "a list" : quoteOutside(value, 80);
