/** What a model's folder says of its tokens, each file as text; only the first has to be there. */
export interface TokenizerFiles {
  /** tokenizer.json */
  readonly tokenizer: string;
  /** tokenizer_config.json */
  readonly config?: string | undefined;
  /** special_tokens_map.json */
  readonly specialTokensMap?: string | undefined;
  /** generation_config.json */
  readonly generationConfig?: string | undefined;
  /** config.json: names the end where generation_config.json doesn't. */
  readonly modelConfig?: string | undefined;
  /** chat_template.jinja */
  readonly chatTemplate?: string | undefined;
}
