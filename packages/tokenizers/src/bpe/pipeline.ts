import type { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import type { Fail } from "../json-value.ts";
import { type GuardedPattern, guardPattern } from "../regex/guarded-pattern.ts";

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

/** Most parts of a normalizer or pre-tokenizer: each goes over the whole text. */
const mostParts = 64;

/** Guards the patterns of a part and those in it. @returns how many parts there are */
const guardParts = (part: LibraryPart | null, fail: Fail): number => {
  if (part === null) return 0;
  if (part.pattern instanceof RegExp) {
    part.pattern = guardPattern(part.pattern, fail, part.config?.content);
  }
  const inner = [...(part.normalizers ?? []), ...(part.tokenizers ?? [])];
  const count = inner.reduce((sum, each) => sum + guardParts(each, fail), 1);
  return count <= mostParts
    ? count
    : fail(`its normalizer or pre_tokenizer has more than ${mostParts} parts`);
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
