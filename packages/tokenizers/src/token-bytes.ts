import type { TokenSequence } from "@accord-rl/core";

const encoder = new TextEncoder();

/** A text's bytes in UTF-8. */
export const utf8Of = (text: string): Uint8Array => encoder.encode(text);

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

export interface TokenBytes {
  /** The text of tokens; bytes that are no UTF-8 become U+FFFD. Ids without bytes are left out. */
  decode(tokens: TokenSequence): string;
}

/**
 * Decodes by putting the tokens' bytes together.
 *
 * @param bytes                  of each token
 * @param options.spaceAfter     a space at the beginning is dropped after this token: encoding put it there. A part of a
 *   text keeps the space that it starts with, so that the parts put together are the text.
 */
export const createTokenBytes = (
  bytes: readonly Uint8Array[],
  { spaceAfter }: { readonly spaceAfter?: number | null } = {},
): TokenBytes => {
  // One array for all: hundreds of thousands of small ones take ten times the memory.
  const ends = new Uint32Array(bytes.length);
  let total = 0;
  bytes.forEach((part, id) => {
    total += part.length;
    ends[id] = total;
  });
  const all = new Uint8Array(total);
  bytes.forEach((part, id) => {
    all.set(part, ends[id]! - part.length);
  });
  const bytesOf = (id: number): Uint8Array =>
    id in ends ? all.subarray(id === 0 ? 0 : ends[id - 1]!, ends[id]) : all.subarray(0, 0);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    decode: (tokens) => {
      const text = decoder.decode(joined(Array.from(tokens, bytesOf)));
      const isPrefixed = spaceAfter !== null && tokens[0] === spaceAfter;
      return isPrefixed && text.startsWith(" ") ? text.slice(1) : text;
    },
  };
};

/** The 256 characters that stand for bytes in a byte-level vocabulary (Radford et al. 2019), in the bytes' order. */
export const byteCharacters: readonly string[] = (() => {
  const isShown = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isShown(byte) ? byte : 256 + others++));
})();

const byteOfCharacter = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** Bytes of a token of a byte-level vocabulary. One that isn't spelt in its alphabet is plain text. */
export const byteLevelBytes = (token: string): Uint8Array => {
  const bytes = Array.from(token, (character) => byteOfCharacter.get(character));
  return bytes.includes(undefined) ? utf8Of(token) : Uint8Array.from(bytes as number[]);
};

const byteToken = /^<0x([0-9A-Fa-f]{2})>$/;

/** The byte that "<0x0A>" stands for; undefined for other tokens. */
export const byteOfToken = (token: string): number | undefined => {
  const [, hex] = byteToken.exec(token) ?? [];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
};

/** Bytes of a token of a vocabulary that writes spaces as "▁", and bytes without a character as "<0x0A>". */
export const spacedBytes = (token: string): Uint8Array => {
  const byte = byteOfToken(token);
  return byte === undefined ? utf8Of(token.replaceAll("▁", " ")) : Uint8Array.of(byte);
};
