import type { Tokenizer } from "@accord-rl/core";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import type { BpeModel } from "./bpe-model.ts";
import type { Fail, JsonObject } from "./json-value.ts";
import { createTokenBytes } from "./token-bytes.ts";
import type { TokenSpelling } from "./token-decoder.ts";

/** A token that stands beside the model's own. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** No text becomes it. */
  readonly special: boolean;
  /** Looked for in the text as it is, or as the normalizer leaves it. */
  readonly normalized: boolean;
  /** Takes the spaces before, or after, with it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

export interface BpeParts {
  readonly model: BpeModel;
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: JsonObject | null;
  readonly preTokenizer: JsonObject | null;
  readonly spelling: TokenSpelling;
  readonly beginToken: number | null;
  readonly endToken: number | null;
}

const loneSurrogate = /\p{Surrogate}/gu;

/** Looks for tokens in texts: the model without its special ones, so that no text becomes one. */
const createEncoder = ({ model, addedTokens, normalizer, preTokenizer }: BpeParts, fail: Fail) => {
  const special = new Set(addedTokens.filter((token) => token.special).map(({ content }) => content));
  if (model.unknownToken !== null) special.delete(model.unknownToken);
  const vocab = Object.fromEntries([...model.vocab].filter(([token]) => !special.has(token)));
  const json = {
    added_tokens: addedTokens.filter((token) => !token.special),
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
    return fail(`its parts don't fit together (${(cause as Error).message})`);
  }
};

/**
 * A tokenizer of byte-pair merges. `encode` adds nothing and knows no special token; `decode` leaves them out.
 *
 * @see Sennrich et al. 2016, Neural machine translation of rare words with subword units. https://arxiv.org/abs/1508.07909
 */
export const createBpeTokenizer = (parts: BpeParts, fail: Fail): Tokenizer => {
  const { model, addedTokens, spelling, beginToken, endToken } = parts;
  const encoder = createEncoder(parts, fail);
  const ids = [...model.vocab.values(), ...addedTokens.map(({ id }) => id)];
  const vocabularySize = ids.reduce((most, id) => Math.max(most, id + 1), 0);
  if (vocabularySize > 2 * ids.length + 1024) {
    fail(`its ${ids.length} tokens have ids up to ${vocabularySize - 1}; expected ids without large gaps`);
  }
  const bytes = Array<Uint8Array>(vocabularySize).fill(new Uint8Array(0));
  for (const [token, id] of model.vocab) bytes[id] = spelling.bytesOf(token);
  for (const { id, content, special } of addedTokens) bytes[id] = Buffer.from(special ? "" : content);
  const { decode } = createTokenBytes(bytes, spelling.dropsSpace ? { spaceAfter: beginToken } : {});
  return {
    vocabularySize,
    beginToken,
    endToken,
    // Half a surrogate pair has no bytes of its own.
    encode: (text) =>
      encoder.encode(text.replace(loneSurrogate, "\uFFFD"), { add_special_tokens: false }).ids,
    decode,
  };
};
