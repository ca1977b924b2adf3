import { parseArgs } from "node:util";
import { InvalidArgumentError } from "@accord-rl/core";
import { didYouMean } from "./nearest.ts";
import type { OptionField } from "./option-fields.ts";

/**
 * Reads flags: `--target-kl 6`, `--target-kl=6`, `--stream`, `--no-stream`; the last one of a name counts.
 *
 * @returns typed values by camel-case name. A value that fits nothing stays text, for the schema to refuse.
 * @throws InvalidArgumentError for an unknown flag, a missing value or a stray word.
 */
export const parseFlags = (
  argv: readonly string[],
  fields: readonly OptionField[],
  command: string,
): Record<string, unknown> => {
  const byFlag = new Map(fields.map((field) => [field.flag, field]));
  const options: Record<string, { type: "boolean" | "string" }> = {};
  for (const { flag, isBoolean } of fields) {
    options[flag] = { type: isBoolean ? "boolean" : "string" };
    if (isBoolean) options[`no-${flag}`] = { type: "boolean" };
  }
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === "positional") {
      throw new InvalidArgumentError({
        argument: token.value,
        value: token.value,
        message: `unexpected argument "${token.value}": options are written --name value, as in: ${command} --preset NAME`,
      });
    }
    if (token.kind !== "option") continue;
    const negated = token.name.startsWith("no-") ? byFlag.get(token.name.slice(3)) : undefined;
    const field = byFlag.get(token.name) ?? (negated?.isBoolean ? negated : undefined);
    if (field === undefined) {
      throw new InvalidArgumentError({
        argument: token.name,
        value: token.value,
        message: `unknown option ${token.rawName}${didYouMean(token.name, [...byFlag.keys()], (flag) => `--${flag}`)} (--help lists all)`,
      });
    }
    const isNegation = field.flag !== token.name;
    if (field.isBoolean && !(isNegation && token.value !== undefined)) {
      values[field.key] = token.value === undefined ? !isNegation : field.parse(token.value);
    } else if (
      isNegation ||
      token.value === undefined ||
      (!token.inlineValue && token.value.startsWith("--"))
    ) {
      throw new InvalidArgumentError({
        argument: field.key,
        value: token.value,
        message: isNegation
          ? `${token.rawName} takes no value, got "${token.value}"`
          : `--${field.flag} needs a value: expected ${field.expected}`,
      });
    } else {
      values[field.key] = field.parse(token.value);
    }
  }
  return values;
};
