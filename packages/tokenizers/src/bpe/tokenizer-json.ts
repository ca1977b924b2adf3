import { CheckpointError } from "@accord-rl/core";
import { type Fail, isObject, type JsonObject, parseObject, shown } from "../json-value.ts";
import { type ModelTokenizer, stopTokensOf } from "../model-tokenizer.ts";
import type { TokenizerFiles } from "../tokenizer-files.ts";
import type { AddedToken } from "./added-tokens.ts";
import { checkId, readBpeModel } from "./bpe-model.ts";
import { createBpeTokenizer } from "./bpe-tokenizer.ts";
import { readNormalizer } from "./normalizer.ts";
import { readPreTokenizer } from "./pre-tokenizer.ts";
import { readDecoder } from "./token-decoder.ts";

/** Tokens that control a model though their file doesn't say so: Qwen's "<|fim_prefix|>", for example. */
const looksSpecial = (content: string): boolean => /^<[|｜].*[|｜]>$/s.test(content);

/** Longest name of an added token, in UTF-16 units: finding tokens takes time that grows with it. */
const longestName = 256;

/** @param ends  names of tokens that begin or end texts: these are special, whatever the list says */
const readAddedTokens = (json: unknown, ends: ReadonlySet<string>, fail: Fail): AddedToken[] => {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) return fail(`its added_tokens are ${shown(json)}, expected a list`);
  return json.map((token: unknown) => {
    if (!isObject(token) || typeof token.content !== "string" || token.content === "") {
      return fail(`an added token is ${shown(token)}, expected an object with content and id`);
    }
    const { content } = token;
    if (content.length > longestName) {
      fail(`an added token has ${content.length} characters, expected at most ${longestName}`);
    }
    const special = token.special === true || looksSpecial(content) || ends.has(content);
    return {
      id: checkId(token.id, content, fail),
      content,
      special,
      normalized: (token.normalized ?? !special) === true,
      lstrip: token.lstrip === true,
      rstrip: token.rstrip === true,
      singleWord: token.single_word === true,
    };
  });
};

/** A token's name in a configuration: a text, or an object that has it as content. */
const nameOf = (value: unknown): string | undefined => {
  const name = isObject(value) ? value.content : value;
  return typeof name === "string" ? name : undefined;
};

const readTemplate = (config: JsonObject, file: string | undefined): string | null => {
  if (file !== undefined) return file;
  const { chat_template: template } = config;
  if (typeof template === "string") return template;
  if (!Array.isArray(template)) return null;
  const named = template.filter(isObject).find(({ name }) => name === "default");
  return typeof named?.template === "string" ? named.template : null;
};

const readEndIds = (config: JsonObject): number[] =>
  [config.eos_token_id].flat().filter((id): id is number => typeof id === "number");

/**
 * A tokenizer of byte-pair merges from the files of a Hugging Face folder.
 *
 * @param path  for error messages
 * @throws CheckpointError when a file is damaged, or describes another kind of tokenizer.
 */
export const parseTokenizerJson = (files: TokenizerFiles, path: string): ModelTokenizer => {
  const failIn =
    (name: string): Fail =>
    (problem) => {
      throw new CheckpointError({
        path,
        message: `no usable ${name}: ${problem}. Fetch it again, or use a model whose tokenizer is BPE.`,
      });
    };
  const fail = failIn("tokenizer.json");
  const optional = (text: string | undefined, name: string): JsonObject =>
    text === undefined ? {} : parseObject(text, failIn(name));
  const json = parseObject(files.tokenizer, fail);
  const config = {
    ...optional(files.specialTokensMap, "special_tokens_map.json"),
    ...optional(files.config, "tokenizer_config.json"),
  } as JsonObject;
  const generation = optional(files.generationConfig, "generation_config.json");
  const modelConfig = optional(files.modelConfig, "config.json");
  const model = readBpeModel(json.model, fail);
  const ends = [nameOf(config.bos_token), nameOf(config.eos_token)].filter((name) => name !== undefined);
  const addedTokens = readAddedTokens(json.added_tokens, new Set(ends), fail);
  const specialTokens = new Map(
    addedTokens.filter(({ special }) => special).map(({ content, id }) => [content, id]),
  );
  const idOf = (key: string): number | null => {
    const name = nameOf(config[key]);
    return name === undefined ? null : (specialTokens.get(name) ?? model.vocab.get(name) ?? null);
  };
  const known = new Set([...model.vocab.values(), ...addedTokens.map(({ id }) => id)]);
  const [own, general] = [generation, modelConfig].map((file) =>
    readEndIds(file).filter((id) => known.has(id)),
  );
  const endIds = own?.length ? own : (general ?? []);
  const endToken = idOf("eos_token") ?? endIds[0] ?? null;
  const tokenizer = createBpeTokenizer(
    {
      model,
      addedTokens,
      normalizer: readNormalizer(json.normalizer, fail),
      preTokenizer: readPreTokenizer(json.pre_tokenizer, fail),
      spelling: readDecoder(json.decoder, fail),
      beginToken: config.add_bos_token === false ? null : idOf("bos_token"),
      endToken,
    },
    fail,
  );
  const stopTokens = stopTokensOf(specialTokens, [...endIds, endToken]);
  const names = ["bos_token", "eos_token", "unk_token", "pad_token"].flatMap((key) => {
    const name = nameOf(config[key]);
    return name === undefined ? [] : [[key, name] as const];
  });
  return {
    ...tokenizer,
    specialTokens,
    stopTokens,
    chatTemplate: readTemplate(config, files.chatTemplate),
    templateVariables: Object.fromEntries(names),
    files: () => files,
  };
};
