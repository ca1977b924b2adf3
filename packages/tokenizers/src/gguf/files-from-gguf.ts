import type { Fail, JsonObject } from "../json-value.ts";
import { byteNames, scoredParts } from "../scores/scored-parts.ts";
import { byteOfToken } from "../token-bytes.ts";
import { tokenizerFiles } from "../token-names.ts";
import type { TokenizerFiles } from "../tokenizer-files.ts";
import type { GgufMetadata } from "./gguf-metadata.ts";
import { ggufPreTokenizers } from "./gguf-pre-tokenizers.ts";
import { type GgufVocabulary, numbersAt, tokenKind } from "./gguf-vocabulary.ts";

/** Rust reads no byte-level step that doesn't say this. */
const complete = (json: JsonObject): JsonObject => {
  if (json.type === "ByteLevel") return { ...json, trim_offsets: true };
  const { pretokenizers } = json;
  return Array.isArray(pretokenizers) ? { ...json, pretokenizers: pretokenizers.map(complete) } : json;
};

const byteLevel = (metadata: GgufMetadata, { tokens }: GgufVocabulary, fail: Fail) => {
  const pre = ggufPreTokenizers.get(String(metadata["tokenizer.ggml.pre"] ?? "default"));
  if (pre === undefined) return fail("its pre-tokenizer is unknown");
  return {
    model: {
      unk_token: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.ignoreMerges,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: metadata["tokenizer.ggml.merges"],
    },
    normalizer: pre.normalizer,
    preTokenizer: complete(pre.preTokenizer),
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
  };
};

const scored = (metadata: GgufMetadata, vocabulary: GgufVocabulary, fail: Fail) => {
  const { tokens, kinds, flag, tokenId } = vocabulary;
  const scores = numbersAt(metadata, "tokenizer.ggml.scores", tokens.length, fail);
  const pieces = tokens.map((token, id) => {
    const byte = kinds[id] === tokenKind.byte ? byteOfToken(token) : undefined;
    const spelled = byte === undefined ? token : (byteNames[byte] as string);
    return { token: spelled, score: scores?.[id] ?? 0, isText: kinds[id] === tokenKind.text };
  });
  const unknown = tokenId("unknown");
  return scoredParts(pieces, {
    unknown: unknown === null ? null : (tokens[unknown] as string),
    addsSpace: flag("add_space_prefix", true),
  });
};

/** The files of a Hugging Face folder for the tokenizer that a GGUF file's metadata describe. */
export const filesFromGguf = (
  metadata: GgufMetadata,
  vocabulary: GgufVocabulary,
  fail: Fail,
): TokenizerFiles => {
  const { tokens, kinds, tokenId, flag } = vocabulary;
  const isScored = metadata["tokenizer.ggml.model"] === "llama";
  const beside = new Set<number | undefined>([tokenKind.control, tokenKind.unknown, tokenKind.added]);
  const named = { bos: "bos", eos: "eos", unk: "unknown", pad: "padding" } as const;
  const names = Object.entries(named).flatMap(([name, key]) => {
    const id = tokenId(key);
    return id === null ? [] : [[`${name}_token`, tokens[id] as string] as const];
  });
  const begin = flag("add_bos_token", true) ? tokenId("bos") : null;
  const template = metadata["tokenizer.chat_template"];
  return tokenizerFiles({
    ...(isScored ? scored(metadata, vocabulary, fail) : byteLevel(metadata, vocabulary, fail)),
    addedTokens: tokens.flatMap((content, id) =>
      beside.has(kinds[id]) && content !== ""
        ? [{ id, content, special: kinds[id] !== tokenKind.added }]
        : [],
    ),
    begin: begin === null ? null : { id: begin, content: tokens[begin] as string },
    names: Object.fromEntries(names),
    chatTemplate: typeof template === "string" ? template : null,
  });
};
