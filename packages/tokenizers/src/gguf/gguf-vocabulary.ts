import { type Fail, shown } from "../json-value.ts";
import type { GgufMetadata, GgufValue } from "./gguf-metadata.ts";

/** Kinds of tokens in `tokenizer.ggml.token_type`. */
export const tokenKind = { text: 1, unknown: 2, control: 3, added: 4, unused: 5, byte: 6 } as const;

/** What a GGUF file's metadata say of its tokens. */
export interface GgufVocabulary {
  readonly tokens: readonly string[];
  /** One of `tokenKind` for each; text where the file doesn't say. */
  readonly kinds: ArrayLike<number>;
  /** Id under `tokenizer.ggml.<name>_token_id`; null where there is none. */
  tokenId(name: string): number | null;
  /** Value under `tokenizer.ggml.<name>` where it is a truth value. */
  flag(name: string, otherwise: boolean): boolean;
}

const isList = (value: GgufValue | undefined): value is readonly GgufValue[] => Array.isArray(value);

/** Texts under a key. */
export const stringsAt = (metadata: GgufMetadata, key: string, fail: Fail): readonly string[] => {
  const value = metadata[key];
  if (!isList(value) || !value.every((item) => typeof item === "string")) {
    return fail(`"${key}" is ${shown(value)}, expected a list of texts`);
  }
  return value as readonly string[];
};

/** Numbers under a key, one for each token; undefined where there are none. */
export const numbersAt = (
  metadata: GgufMetadata,
  key: string,
  count: number,
  fail: Fail,
): ArrayLike<number> | undefined => {
  const value = metadata[key];
  if (value === undefined) return undefined;
  const numbers = (ArrayBuffer.isView(value) || isList(value) ? value : []) as ArrayLike<number>;
  if (numbers.length !== count || !Array.from(numbers).every((item) => typeof item === "number")) {
    fail(`"${key}" has ${numbers.length} numbers, expected one for each of ${count} tokens`);
  }
  return numbers;
};

export const readGgufVocabulary = (metadata: GgufMetadata, fail: Fail): GgufVocabulary => {
  const tokens = stringsAt(metadata, "tokenizer.ggml.tokens", fail);
  const kinds = numbersAt(metadata, "tokenizer.ggml.token_type", tokens.length, fail);
  return {
    tokens,
    kinds: kinds ?? new Uint8Array(tokens.length).fill(tokenKind.text),
    tokenId: (name) => {
      const key = `tokenizer.ggml.${name}_token_id`;
      const id = metadata[key];
      if (id === undefined) return null;
      if (typeof id !== "number" || !(id in tokens)) {
        return fail(`"${key}" is ${shown(id)}, expected a token from 0 to ${tokens.length - 1}`);
      }
      return id;
    },
    flag: (name, otherwise) => {
      const value = metadata[`tokenizer.ggml.${name}`];
      return typeof value === "boolean" ? value : otherwise;
    },
  };
};
