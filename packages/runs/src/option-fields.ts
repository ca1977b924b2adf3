import { z } from "zod";

/** The part of JSON Schema that describes one option. */
interface TypeNode {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly TypeNode[];
  readonly items?: TypeNode;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** One option: how it is written as a flag, and what it accepts. */
export interface OptionField {
  /** Camel case, as in the schema and in YAML. */
  readonly key: string;
  /** Kebab case, without dashes. */
  readonly flag: string;
  readonly isBoolean: boolean;
  readonly description: string;
  readonly default: unknown;
  /** What may be given, for --help: `number`, `a|b|c`. */
  readonly hint: string;
  /** What may be given, for error messages: `an integer of 1 or more`. */
  readonly expected: string;
  /** The choices, where there are any. */
  readonly choices: readonly string[];
  /** A flag's text as the value it stands for; text that fits nothing stays text, and is refused later. */
  parse(text: string): unknown;
}

export const kebabCase = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const camelCase = (flag: string): string =>
  flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const choicesOf = (node: TypeNode): string[] => {
  if (node.enum) return node.enum.map(String);
  if (node.const !== undefined) return [String(node.const)];
  if (node.items) return choicesOf(node.items);
  return (node.anyOf ?? []).flatMap(choicesOf);
};

const hintOf = (node: TypeNode): string => {
  if (node.enum || node.const !== undefined) return choicesOf(node).join("|");
  if (node.anyOf) return node.anyOf.map(hintOf).join("|");
  if (node.type === "array") return `${hintOf(node.items ?? {})},…`;
  return node.type === "integer" || node.type === "number" ? "number" : "text";
};

const rangeOf = (node: TypeNode): string => {
  const limit = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  if (limit(minimum) && limit(maximum)) return ` from ${minimum} to ${maximum}`;
  const low = limit(minimum)
    ? ` of ${minimum} or more`
    : limit(exclusiveMinimum)
      ? ` above ${exclusiveMinimum}`
      : "";
  const high = limit(maximum)
    ? ` of ${maximum} or less`
    : limit(exclusiveMaximum)
      ? ` below ${exclusiveMaximum}`
      : "";
  return low && high ? `${low} and${high}` : low + high;
};

const expectedOf = (node: TypeNode): string => {
  if (node.enum || node.const !== undefined) return `one of ${choicesOf(node).join(", ")}`;
  if (node.anyOf) return node.anyOf.map(expectedOf).join(", or ");
  if (node.type === "array") return `a list with commas, each item ${expectedOf(node.items ?? {})}`;
  if (node.type === "integer") return `an integer${rangeOf(node)}`;
  if (node.type === "number") return `a number${rangeOf(node)}`;
  return node.type === "boolean" ? "true or false" : "text";
};

const parseAs = (node: TypeNode, text: string): unknown => {
  if (node.anyOf) {
    return (
      node.anyOf.map((option) => parseAs(option, text)).find((value) => typeof value !== "string") ?? text
    );
  }
  if (node.type === "array") {
    return text
      .split(",")
      .filter((item) => item !== "")
      .map((item) => parseAs(node.items ?? {}, item.trim()));
  }
  const isNumeric = node.type === "integer" || node.type === "number";
  if (isNumeric && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (node.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
};

/** Reads the options out of a zod object: one per field. */
export const optionFields = (schema: z.ZodObject): OptionField[] =>
  Object.entries(schema.shape).map(([key, type]) => {
    const node = z.toJSONSchema(type as z.ZodType, { io: "input", unrepresentable: "any" }) as TypeNode;
    return {
      key,
      flag: kebabCase(key),
      isBoolean: node.type === "boolean",
      description: node.description ?? "",
      default: node.default,
      hint: hintOf(node),
      expected: expectedOf(node),
      choices: choicesOf(node),
      parse: (text) => parseAs(node, text),
    };
  });
