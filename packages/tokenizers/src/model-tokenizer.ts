import type { Tokenizer } from "@accord-rl/core";
import type { EncodedPart } from "./text-parts.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

/** A tokenizer that knows what a Hugging Face folder says of it. */
export interface SavableTokenizer extends Tokenizer {
  /** The texts of the files, such as transformers reads them to the same tokens. */
  files(): TokenizerFiles;
  /** What ends a turn or a document. */
  readonly stopTokens?: readonly number[];
}

/** The tokenizer of a model, and what its files say of conversations. */
export interface ModelTokenizer extends Tokenizer {
  /** Tokens that no text becomes, by name: those that begin, end and divide. `decode` leaves them out. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** What ends a turn or a document: a policy's `stopTokens`. */
  readonly stopTokens: readonly number[];
  /**
   * Encodes a text that a chat template wrote. Parts that aren't plain may hold special tokens, which take the white
   * space around them along where the model's files say so. All parts are encoded as one text.
   */
  encodeParts(parts: readonly EncodedPart[]): number[];
  /** Jinja; null where the model came without. */
  readonly chatTemplate: string | null;
  /** What the template calls the model's tokens: `bos_token`, `eos_token`, ... */
  readonly templateVariables: Readonly<Record<string, string>>;
  /** What a Hugging Face folder says of it, for `saveHuggingFace`. One that was made by hand has none. */
  files?(): TokenizerFiles;
}

/** Names that models give to the end of a turn. Files often list one of them only. */
const endNames = [
  "<|im_end|>",
  "<|endoftext|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end_of_text|>",
  "<|end|>",
  "<end_of_turn>",
];

/** The tokens that the files name, and those that have the name of an end. In order, each once. */
export const stopTokensOf = (
  specialTokens: ReadonlyMap<string, number>,
  named: readonly (number | null | undefined)[],
): number[] => {
  const known = endNames.map((name) => specialTokens.get(name));
  const all = [...named, ...known].filter((id) => typeof id === "number");
  return [...new Set(all)];
};
