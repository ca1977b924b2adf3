import { createHash } from "node:crypto";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * An object as JSON text whose first field, `sha256`, is the hash of all text after it: a reader notices every
 * changed bit. It must have a field.
 */
export const sealJson = (value: object): string => {
  const body = `${JSON.stringify(value, null, 2).slice(1)}\n`;
  return `{\n  "sha256": "${sha256(body)}",${body}`;
};

const seal = /^\{\n {2}"sha256": "([0-9a-f]{64})",/;

/** The text as JSON, and whether its seal is whole. @throws SyntaxError where it is no JSON. */
export const parseSealedJson = (text: string): { readonly value: unknown; readonly isIntact: boolean } => {
  const [head = "", hash] = seal.exec(text) ?? [];
  const isIntact = hash !== undefined && sha256(text.slice(head.length)) === hash;
  return { value: JSON.parse(text) as unknown, isIntact };
};
