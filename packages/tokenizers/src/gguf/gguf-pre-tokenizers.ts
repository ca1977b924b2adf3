import { byteLevelPreTokenizer, gpt2Pattern } from "../bpe/pre-tokenizer.ts";
import type { JsonObject } from "../json-value.ts";

/** What a name in `tokenizer.ggml.pre` stands for. */
export interface GgufPreTokenizer {
  readonly normalizer: JsonObject | null;
  readonly preTokenizer: JsonObject;
  /** A piece that is a token as a whole isn't merged. */
  readonly ignoreMerges: boolean;
}

/** Words that may take one character before them, punctuation that takes line ends with it. */
const wordsAndLines = (numbers: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${numbers}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const make = (
  patterns: readonly string[],
  { normalizer = null, ignoreMerges = false }: Partial<Omit<GgufPreTokenizer, "preTokenizer">> = {},
): GgufPreTokenizer => ({ normalizer, preTokenizer: byteLevelPreTokenizer(patterns), ignoreMerges });

const gpt2 = make([gpt2Pattern]);
const digitByDigit = make(["\\p{N}", gpt2Pattern]);
const llama3 = make([wordsAndLines("\\p{N}{1,3}")], { ignoreMerges: true });
const qwen2 = make([wordsAndLines("\\p{N}")], { normalizer: { type: "NFC" } });

/** By their names in GGUF files. Files from before there were names have none, or "default". */
export const ggufPreTokenizers: ReadonlyMap<string, GgufPreTokenizer> = new Map([
  ["default", gpt2],
  ["gpt-2", gpt2],
  ["smollm", digitByDigit],
  ["qwen2", qwen2],
  ["llama-bpe", llama3],
  ["llama-v3", llama3],
  ["llama3", llama3],
]);
