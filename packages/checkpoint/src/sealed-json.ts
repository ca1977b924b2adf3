import { createHash } from "node:crypto";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Adds a first field, `sha256`, to the JSON text of an object: the hash of all text after it. A reader notices every
 * changed bit. The object must have a field.
 */
export const sealJson = (json: string): string => {
  const body = `${json.trim().slice(1)}\n`;
  return `{\n  "sha256": "${sha256(body)}",${body}`;
};

const seal = /^\{\n {2}"sha256": "([0-9a-f]{64})",/;

/** The text as JSON, and whether its seal is whole. @throws SyntaxError where it is no JSON. */
export const parseSealedJson = (text: string): { readonly value: unknown; readonly isIntact: boolean } => {
  const [head = "", hash] = seal.exec(text) ?? [];
  const isIntact = hash !== undefined && sha256(text.slice(head.length)) === hash;
  return { value: JSON.parse(text) as unknown, isIntact };
};
