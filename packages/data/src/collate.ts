import type { PreferencePair, RatedText, TextExample, Tokenizer } from "@accord-rl/core";
import type { PromptCompletion, TextPreference, TextRating } from "./records.ts";
import { type TokenizeOptions, tokenizeResponses } from "./tokenize.ts";

/** The fields that have a value. */
export const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** Texts as supervised examples: the loss counts the completion. What `truncate` leaves out is not there, here and below. */
export const toTextExamples = (
  items: readonly PromptCompletion[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): TextExample[] =>
  items.flatMap(({ prompt, completion, weight }) => {
    const tokenized = tokenizeResponses(prompt, [completion], tokenizer, options);
    if (tokenized === null) return [];
    const { sequences, completionStart } = tokenized;
    // A text alone is learned from its first token on, which nothing but a begin token predicts.
    const start = prompt === "" ? 0 : completionStart;
    return [{ tokens: sequences[0] ?? [], completionStart: start, ...defined({ weight }) }];
  });

/** Preferences as pairs of token sequences that share the prompt's tokens. */
export const toPreferencePairs = (
  items: readonly TextPreference[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): PreferencePair[] =>
  items.flatMap(({ prompt, chosen, rejected, probability, margin, weight }) => {
    const tokenized = tokenizeResponses(prompt, [chosen, rejected], tokenizer, options);
    if (tokenized === null) return [];
    const [preferred = [], other = []] = tokenized.sequences;
    const { completionStart } = tokenized;
    return [{ preferred, rejected: other, completionStart, ...defined({ probability, margin, weight }) }];
  });

/** Scored texts as token sequences. */
export const toRatedTexts = (
  items: readonly TextRating[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): RatedText[] =>
  items.flatMap(({ prompt, response, rating, weight }) => {
    const tokenized = tokenizeResponses(prompt, [response], tokenizer, options);
    return tokenized === null
      ? []
      : [{ tokens: tokenized.sequences[0] ?? [], rating, ...defined({ weight }) }];
  });
