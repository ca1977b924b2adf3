import { readFileSync } from "node:fs";
import { DataError, InvalidArgumentError, type Json, safeJson, showSafely } from "@accord-rl/core";
import { Document, LineCounter, parseDocument, Scalar, visit } from "yaml";
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

/** Options as a YAML file that `readOptionFile` reads back. Texts that could steer a terminal are written with escapes. */
export const optionsAsYaml = (options: Readonly<Record<string, Json>>): string => {
  const document = new Document(options);
  visit(document, {
    Scalar: (_, node) => {
      const { value } = node;
      if (typeof value === "string" && showSafely(value) !== value) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const unsafe = /[\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}|(?![\u200c\u200d])\p{Cf}/gu;
  return document.toString().replace(unsafe, (character) => safeJson(character).slice(1, -1));
};
