import type { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { type GuardedPattern, guardPattern } from "../regex/guarded-pattern.ts";
import type { Fail } from "./json-value.ts";

/** What happens to a text between added tokens. */
export interface Pipeline {
  normalize(text: string): string;
  /** The tokens of a normalized text. @param isFirst  it begins the whole text */
  encode(text: string, isFirst: boolean): readonly number[];
}

type Change = (text: string) => string;

/** A part of the library's normalizer or pre-tokenizer, as far as it holds patterns and other parts. */
interface LibraryPart {
  readonly normalizers?: readonly LibraryPart[];
  readonly tokenizers?: readonly LibraryPart[];
  pattern?: RegExp | GuardedPattern | null;
  readonly config?: { readonly content?: string };
}

/** How much longer a normalizer may make a text: NFKD makes one character 18. */
const growth = { factor: 20, constant: 1024 };

const guardParts = (part: LibraryPart | null, fail: Fail): void => {
  if (part === null) return;
  if (part.pattern instanceof RegExp) {
    part.pattern = guardPattern(part.pattern, fail, part.config?.content);
  }
  for (const inner of [...(part.normalizers ?? []), ...(part.tokenizers ?? [])]) guardParts(inner, fail);
};

/** Flattens nested sequences. */
const flatten = (part: LibraryPart): readonly LibraryPart[] => part.normalizers?.flatMap(flatten) ?? [part];

/** Bounds the time and memory of the library's normalizer and pre-tokenizer. */
export const createPipeline = (
  { normalizer, pre_tokenizer, model }: HuggingFaceTokenizer,
  fail: Fail,
): Pipeline => {
  guardParts(normalizer as unknown as LibraryPart | null, fail);
  guardParts(pre_tokenizer as unknown as LibraryPart | null, fail);
  const changes = normalizer === null ? [] : flatten(normalizer as unknown as LibraryPart);
  const split = pre_tokenizer as unknown as ((text: string, options: object) => string[]) | null;
  const merge = model as unknown as (words: readonly string[]) => string[];
  const ids = model?.tokens_to_ids ?? new Map<string, number>();
  const unknown = model?.unk_token_id;
  return {
    normalize: (text) =>
      changes.reduce((changed, change) => {
        const result = (change as unknown as Change)(changed);
        if (result.length > growth.factor * text.length + growth.constant) {
          fail(`its normalizer makes ${result.length} characters of ${text.length}`);
        }
        return result;
      }, text),
    encode: (text, isFirst) => {
      const words = split === null ? [text] : split(text, { section_index: isFirst ? 0 : 1 });
      return merge(words).flatMap((token) => ids.get(token) ?? unknown ?? []);
    },
  };
};
