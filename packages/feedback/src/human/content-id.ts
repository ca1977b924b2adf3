import { createHash } from "node:crypto";

/** A name made of the texts themselves, for pairs that come without one: 16 hexadecimal digits of their SHA-256. */
export const contentId = (...texts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 16);
