import { CheckpointError, type Tokenizer } from "@accord-rl/core";
import type { AddedToken } from "../bpe/added-tokens.ts";
import { readMerges } from "../bpe/bpe-model.ts";
import { createBpeTokenizer } from "../bpe/bpe-tokenizer.ts";
import { type Fail, shown } from "../json-value.ts";
import { type ModelTokenizer, stopTokensOf } from "../model-tokenizer.ts";
import { createScoreTokenizer } from "../scores/score-tokenizer.ts";
import { createPartsEncoder } from "../text-parts.ts";
import { byteLevelBytes, byteOfToken, spacedBytes, utf8Of } from "../token-bytes.ts";
import { filesFromGguf } from "./files-from-gguf.ts";
import type { GgufMetadata } from "./gguf-metadata.ts";
import { ggufPreTokenizers } from "./gguf-pre-tokenizers.ts";
import { type GgufVocabulary, numbersAt, readGgufVocabulary, tokenKind } from "./gguf-vocabulary.ts";

interface Ends {
  readonly beginToken: number | null;
  readonly endToken: number | null;
}

/** A byte-level vocabulary with merges: "gpt2". */
const readByteLevel = (
  metadata: GgufMetadata,
  vocabulary: GgufVocabulary,
  ends: Ends,
  fail: Fail,
): Tokenizer => {
  const name = metadata["tokenizer.ggml.pre"] ?? "default";
  const pre = ggufPreTokenizers.get(String(name));
  if (!pre) {
    const known = [...ggufPreTokenizers.keys()].join(", ");
    return fail(`its pre-tokenizer is ${shown(name)}, expected one of ${known}`);
  }
  const { tokens, kinds } = vocabulary;
  const vocab = new Map<string, number>();
  const addedTokens: AddedToken[] = [];
  const plain = { normalized: false, lstrip: false, rstrip: false, singleWord: false };
  tokens.forEach((content, id) => {
    const kind = kinds[id];
    if (kind === tokenKind.text || kind === tokenKind.byte) vocab.set(content, id);
    else if (content !== "") addedTokens.push({ id, content, special: kind !== tokenKind.added, ...plain });
  });
  const merges = readMerges(metadata["tokenizer.ggml.merges"], vocab, fail);
  return createBpeTokenizer(
    {
      model: {
        vocab,
        merges,
        unknownToken: null,
        byteFallback: false,
        ignoreMerges: pre.ignoreMerges,
        fuseUnknown: false,
      },
      addedTokens,
      normalizer: pre.normalizer,
      preTokenizer: pre.preTokenizer,
      spelling: { bytesOf: byteLevelBytes, dropsSpace: false },
      ...ends,
    },
    fail,
  );
};

/** A sentencepiece vocabulary with scores: "llama". */
const readScored = (
  metadata: GgufMetadata,
  vocabulary: GgufVocabulary,
  ends: Ends,
  fail: Fail,
): Tokenizer => {
  const { tokens, kinds } = vocabulary;
  const scores = numbersAt(metadata, "tokenizer.ggml.scores", tokens.length, fail);
  if (!scores) return fail('it has no "tokenizer.ggml.scores"');
  const byteTokens: number[] = [];
  const addedTokens = new Map<string, number>();
  const pieces = tokens.map((token, id) => {
    const kind = kinds[id];
    const byte = kind === tokenKind.byte ? byteOfToken(token) : undefined;
    if (byte !== undefined) byteTokens[byte] = id;
    const isText = kind === tokenKind.text;
    const isShown = isText || kind === tokenKind.added || byte !== undefined;
    const text = token.replaceAll("▁", " ");
    if (kind === tokenKind.added) addedTokens.set(text, id);
    const bytes = byte === undefined ? utf8Of(isShown ? text : "") : spacedBytes(token);
    return { text, score: scores[id] as number, bytes, isText };
  });
  for (let byte = 0; byte < 256; byte++) {
    if (byteTokens[byte] === undefined) fail(`it has no token for the byte ${byte}`);
  }
  const addsSpace = vocabulary.flag("add_space_prefix", true);
  return createScoreTokenizer({ pieces, byteTokens, addedTokens, addsSpace, ...ends });
};

const readers = new Map([
  ["gpt2", readByteLevel],
  ["llama", readScored],
]);

/**
 * The tokenizer that a GGUF file's metadata describe: byte-level merges ("gpt2") or sentencepiece's scores ("llama").
 *
 * @param path  for error messages
 * @throws CheckpointError when it is incomplete or of another kind.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export const tokenizerFromGguf = (metadata: GgufMetadata, path: string): ModelTokenizer => {
  const fail: Fail = (problem) => {
    throw new CheckpointError({ path, message: `no usable tokenizer in its metadata: ${problem}` });
  };
  const kind = metadata["tokenizer.ggml.model"];
  const read = readers.get(String(kind));
  if (!read) return fail(`it is ${shown(kind)}, expected one of ${[...readers.keys()].join(", ")}`);
  const vocabulary = readGgufVocabulary(metadata, fail);
  const { tokens, kinds, tokenId, flag } = vocabulary;
  const begin = tokenId("bos");
  const endToken = tokenId("eos");
  const beginToken = flag("add_bos_token", true) ? begin : null;
  const tokenizer = read(metadata, vocabulary, { beginToken, endToken }, fail);
  const special = new Set<number>([tokenKind.control, tokenKind.unknown]);
  const specialTokens = new Map(
    tokens.map((name, id) => [name, id] as const).filter(([, id]) => special.has(kinds[id] as number)),
  );
  const template = metadata["tokenizer.chat_template"];
  const names = Object.entries({ bos_token: begin, eos_token: endToken, unk_token: tokenId("unknown") });
  return {
    ...tokenizer,
    encodeParts: createPartsEncoder(specialTokens, tokenizer.encode),
    vocabularySize: tokens.length,
    specialTokens,
    stopTokens: stopTokensOf(specialTokens, [endToken, tokenId("eot"), tokenId("eom")]),
    chatTemplate: typeof template === "string" ? template : null,
    templateVariables: Object.fromEntries(
      names.flatMap(([name, id]) => (id === null ? [] : [[name, tokens[id] as string]])),
    ),
    files: () => filesFromGguf(metadata, vocabulary, fail),
  };
};
