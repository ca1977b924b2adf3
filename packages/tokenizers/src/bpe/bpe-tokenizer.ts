import type { Tokenizer } from "@accord-rl/core";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import type { Fail, JsonObject } from "../json-value.ts";
import { type EncodedPart, meetsRange, plainRanges } from "../text-parts.ts";
import { createTokenBytes } from "../token-bytes.ts";
import { type AddedToken, createTokenFinder, type Section } from "./added-tokens.ts";
import type { BpeModel } from "./bpe-model.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import type { TokenSpelling } from "./token-decoder.ts";

export interface BpeParts {
  readonly model: BpeModel;
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: JsonObject | null;
  readonly preTokenizer: JsonObject | null;
  readonly spelling: TokenSpelling;
  readonly beginToken: number | null;
  readonly endToken: number | null;
}

/** A tokenizer that also encodes what a chat template writes. */
export interface PartsTokenizer extends Tokenizer {
  encodeParts(parts: readonly EncodedPart[]): number[];
}

const utf8 = new TextEncoder();
const loneSurrogate = /\p{Surrogate}/gu;

/** The library's tokenizer, without added tokens: the model lacks special ones, so that no text becomes one. */
const createLibraryTokenizer = (parts: BpeParts, fail: Fail): HuggingFaceTokenizer => {
  const { model, addedTokens, normalizer, preTokenizer } = parts;
  const special = new Set(addedTokens.filter((token) => token.special).map(({ content }) => content));
  if (model.unknownToken !== null) special.delete(model.unknownToken);
  const vocab = Object.fromEntries([...model.vocab].filter(([token]) => !special.has(token)));
  const json = {
    added_tokens: [],
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder: null,
    model: {
      type: "BPE",
      vocab,
      merges: model.merges,
      unk_token: model.unknownToken,
      fuse_unk: model.fuseUnknown,
      byte_fallback: model.byteFallback,
      ignore_merges: model.ignoreMerges,
    },
  };
  try {
    return new HuggingFaceTokenizer(json, {});
  } catch (cause) {
    return fail(`its parts don't fit together (${(cause as Error).message.slice(0, 200)})`);
  }
};

/** Encodes sections between added tokens, and these themselves. */
const createEncoder = (addedTokens: readonly AddedToken[], { normalize, encode }: Pipeline) => {
  const isRaw = ({ special, normalized }: AddedToken) => special || !normalized;
  const findRaw = createTokenFinder(
    addedTokens.filter(isRaw).map((token) => [token.content, token] as const),
  );
  const findNormalized = createTokenFinder(
    addedTokens.filter((token) => !isRaw(token)).map((token) => [normalize(token.content), token] as const),
  );
  const encodeBetween = (text: string, isFirst: boolean): readonly number[] => {
    const normalized = normalize(text);
    return findNormalized(normalized, () => true).flatMap(({ start, end, token }) =>
      token === null ? encode(normalized.slice(start, end), isFirst && start === 0) : [token.id],
    );
  };
  return (parts: readonly EncodedPart[]): number[] => {
    // Half a surrogate pair has no bytes of its own.
    const text = parts.map((part) => part.text.replace(loneSurrogate, "\uFFFD")).join("");
    const plain = plainRanges(parts);
    const sections: readonly Section[] = findRaw(
      text,
      ({ special }, start, end) => !(special && meetsRange(plain, start, end)),
    );
    return sections.flatMap(({ start, end, token }) =>
      token === null ? encodeBetween(text.slice(start, end), start === 0) : [token.id],
    );
  };
};

/**
 * A tokenizer of byte-pair merges. `encode` adds nothing and knows no special token; `decode` leaves them out.
 *
 * @see Sennrich et al. 2016, Neural machine translation of rare words with subword units. https://arxiv.org/abs/1508.07909
 */
export const createBpeTokenizer = (parts: BpeParts, fail: Fail): PartsTokenizer => {
  const { model, addedTokens, spelling, beginToken, endToken } = parts;
  const encodeParts = createEncoder(addedTokens, createPipeline(createLibraryTokenizer(parts, fail), fail));
  const ids = [...model.vocab.values(), ...addedTokens.map(({ id }) => id)];
  const vocabularySize = ids.reduce((most, id) => Math.max(most, id + 1), 0);
  if (vocabularySize > 2 * ids.length + 1024) {
    fail(`its ${ids.length} tokens have ids up to ${vocabularySize - 1}; expected ids without large gaps`);
  }
  const bytes = Array<Uint8Array>(vocabularySize).fill(new Uint8Array(0));
  for (const [token, id] of model.vocab) bytes[id] = spelling.bytesOf(token);
  for (const { id, content, special } of addedTokens) bytes[id] = utf8.encode(special ? "" : content);
  const { decode } = createTokenBytes(bytes, spelling.dropsSpace ? { spaceAfter: beginToken } : {});
  return {
    vocabularySize,
    beginToken,
    endToken,
    encode: (text) => encodeParts([{ text, isPlain: true }]),
    encodeParts,
    decode,
  };
};
