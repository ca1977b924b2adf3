import { CheckpointError, parseJson, quoteOutside } from "@accord-rl/core";

/** What a JSON object holds. */
export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields of a configuration file; whatever is wrong with one is an error that names the file. */
export interface ConfigFields {
  readonly all: Fields;
  /** @throws CheckpointError always. */
  fail(message: string): never;
  /** A number; null and absence give the fallback. */
  number(name: string, fallback?: unknown): number;
  flag(name: string, fallback: boolean): boolean;
  /** An object; undefined when it is none. */
  object(name: string): Fields | undefined;
  /** Refuses a model whose field has another value: it would load and then write nonsense. Absence is allowed. */
  expect(name: string, ...allowed: readonly unknown[]): void;
}

const parse = (text: string, fail: (message: string) => never): Fields => {
  const value = parseJson(text, fail);
  return isObject(value) ? value : fail("expected a JSON object");
};

/** @throws CheckpointError when the text is no JSON object. @param path for error messages */
export const readFields = (text: string, path: string): ConfigFields => {
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message });
  };
  const all = parse(text, fail);
  const json = (value: unknown) => quoteOutside(value);
  return {
    all,
    fail,
    number: (name, fallback) => {
      const value = all[name] ?? fallback;
      return typeof value === "number" ? value : fail(`${name} is ${json(value)}, expected a number`);
    },
    flag: (name, fallback) => {
      const value = all[name] ?? fallback;
      return typeof value === "boolean" ? value : fail(`${name} is ${json(value)}, expected true or false`);
    },
    object: (name) => {
      const value = all[name];
      return isObject(value) ? value : undefined;
    },
    expect: (name, ...allowed) => {
      const value = all[name] ?? null;
      if (value === null || allowed.includes(value)) return;
      fail(`${name} is ${json(value)}, expected ${allowed.map(json).join(" or ")}`);
    },
  };
};
