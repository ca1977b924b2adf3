import small from "./__fixtures__/small-tokenizers.json" with { type: "json" };
import { parseTokenizerJson } from "./bpe/tokenizer-json.ts";
import type { GgufMetadata } from "./gguf/gguf-metadata.ts";
import type { ModelTokenizer } from "./model-tokenizer.ts";

/** What the reference says of one pipeline. */
export interface Pipeline {
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly hash: number;
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
}

type Family = "byteLevel" | "spaced";

/** A tokenizer.json for tests. */
export const smallFile = (family: Family, { normalizer, pre_tokenizer }: Partial<Pipeline> = {}) => ({
  ...small.inputs[family],
  normalizer: normalizer ?? null,
  pre_tokenizer: pre_tokenizer ?? null,
});

/** A byte-level tokenizer of 604 tokens for tests, with `<|im_start|>` and `<|im_end|>`. */
export const smallTokenizer = (config: object = {}): ModelTokenizer =>
  parseTokenizerJson(
    {
      tokenizer: JSON.stringify(smallFile("byteLevel", small.outputs.byteLevel.smollm)),
      config: JSON.stringify({ eos_token: "<|im_end|>", bos_token: "<|im_start|>", ...config }),
    },
    "tokenizer.json",
  );

/** The same vocabulary as a GGUF file's metadata have it. */
export const smallGguf = (more: GgufMetadata = {}): GgufMetadata => {
  const { model, added_tokens } = small.inputs.byteLevel;
  const tokens = Object.keys(model.vocab);
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
  for (const { content, id } of added_tokens) tokens[id] = content;
  const special = new Map(added_tokens.map(({ id, special }) => [id, special ? 3 : 4]));
  return {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": tokens,
    "tokenizer.ggml.token_type": Int32Array.from(tokens, (_, id) => special.get(id) ?? 1),
    "tokenizer.ggml.merges": model.merges.map(([left, right]) => `${left} ${right}`),
    "tokenizer.ggml.eos_token_id": 601,
    ...more,
  };
};

/** A sentencepiece vocabulary as a GGUF file's metadata have it. */
export const smallScoredGguf = (more: GgufMetadata = {}): GgufMetadata => {
  const pieces = small.inputs.pieces as [string, number, number][];
  return {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": pieces.map(([text]) => text),
    "tokenizer.ggml.scores": Float32Array.from(pieces, ([, score]) => score),
    "tokenizer.ggml.token_type": Int32Array.from(pieces, ([, , kind]) => kind),
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2,
    ...more,
  };
};
