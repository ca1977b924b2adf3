import type { TokenizerFiles } from "./tokenizer-files.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a tokenizer.json says beside its model, for the vocabularies of GGUF and llama2.c. */
export interface TokenizerParts {
  readonly model: Json;
  readonly normalizer: Json | null;
  readonly preTokenizer: Json | null;
  readonly decoder: Json;
  readonly addedTokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
  }[];
  /** Begins every text; null: nothing does. */
  readonly begin: { readonly id: number; readonly content: string } | null;
  /** Names of special tokens, as tokenizer_config.json has them: bos_token, eos_token, … */
  readonly names: Readonly<Record<string, string>>;
  readonly chatTemplate: string | null;
}

const beginsWith = ({ id, content }: { readonly id: number; readonly content: string }): Json => {
  const special = (type_id: number) => ({ SpecialToken: { id: content, type_id } });
  const text = (name: string, type_id: number) => ({ Sequence: { id: name, type_id } });
  return {
    type: "TemplateProcessing",
    single: [special(0), text("A", 0)],
    pair: [special(0), text("A", 0), special(1), text("B", 1)],
    special_tokens: { [content]: { id: content, ids: [id], tokens: [content] } },
  };
};

/** The files of a Hugging Face folder that describe such a tokenizer. */
export const tokenizerFiles = (parts: TokenizerParts): TokenizerFiles => {
  const { model, normalizer, preTokenizer, decoder, addedTokens, begin, names, chatTemplate } = parts;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens.map(({ id, content, special }) => ({ id, content, ...flags, special })),
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: begin && beginsWith(begin),
    decoder,
    model: {
      type: "BPE",
      dropout: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      ...model,
    },
  };
  const config = {
    // Reads tokenizer.json as it is; a family's own class would put its own pipeline in the file's place.
    tokenizer_class: "PreTrainedTokenizerFast",
    ...names,
    add_bos_token: begin !== null,
    clean_up_tokenization_spaces: false,
    ...(chatTemplate !== null && { chat_template: chatTemplate }),
  };
  return { tokenizer: JSON.stringify(json), config: `${JSON.stringify(config, null, 2)}\n` };
};
