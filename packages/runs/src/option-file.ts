import { readFileSync } from "node:fs";
import { DataError, InvalidArgumentError } from "@accord-rl/core";
import { LineCounter, parseDocument } from "yaml";
import { didYouMean } from "./nearest.ts";
import { camelCase } from "./option-fields.ts";

/**
 * Reads options from a YAML file; keys may be written in camel or kebab case.
 *
 * @throws DataError with the line for malformed YAML, InvalidArgumentError for a missing file or an unknown key.
 */
export const readOptionFile = (path: string, keys: readonly string[]): Record<string, unknown> => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InvalidArgumentError({
      argument: "config",
      value: path,
      message: `--config ${path}: the file can't be read (${(error as NodeJS.ErrnoException).code ?? error})`,
    });
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const failure = document.errors[0];
  if (failure) {
    throw new DataError({
      path,
      line: lineCounter.linePos(failure.pos[0]).line,
      message: `no valid YAML: ${failure.message}`,
      cause: failure,
    });
  }
  const content: unknown = document.toJS();
  if (content === null) return {};
  if (typeof content !== "object" || Array.isArray(content)) {
    throw new DataError({ path, message: "expected lines of `option: value`" });
  }
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => {
      const key = camelCase(name);
      if (!keys.includes(key)) {
        throw new InvalidArgumentError({
          argument: name,
          value,
          message: `${path}: unknown option ${name}${didYouMean(key, keys)}`,
        });
      }
      return [key, value];
    }),
  );
};
