import type { PreferencePair, RatedText, TextExample, Tokenizer } from "@accord-rl/core";
import type { PromptCompletion, TextPreference, TextRating } from "./records.ts";
import { type TokenizeOptions, tokenizeResponses } from "./tokenize.ts";

/** The fields that have a value. */
const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** Texts as supervised examples: the loss counts the completion. */
export const toTextExamples = (
  items: readonly PromptCompletion[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): TextExample[] =>
  items.map(({ prompt, completion, weight }) => {
    const { sequences, completionStart } = tokenizeResponses(prompt, [completion], tokenizer, options);
    // A text alone is learned from its first token on, which nothing but a begin token predicts.
    return {
      tokens: sequences[0] ?? [],
      completionStart: prompt === "" ? 0 : completionStart,
      ...defined({ weight }),
    };
  });

/** Preferences as pairs of token sequences that share the prompt's tokens. */
export const toPreferencePairs = (
  items: readonly TextPreference[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): PreferencePair[] =>
  items.map(({ prompt, chosen, rejected, probability, margin, weight }) => {
    const { sequences, completionStart } = tokenizeResponses(prompt, [chosen, rejected], tokenizer, options);
    const [preferred = [], other = []] = sequences;
    return { preferred, rejected: other, completionStart, ...defined({ probability, margin, weight }) };
  });

/** Scored texts as token sequences. */
export const toRatedTexts = (
  items: readonly TextRating[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): RatedText[] =>
  items.map(({ prompt, response, rating, weight }) => {
    const { sequences } = tokenizeResponses(prompt, [response], tokenizer, options);
    return { tokens: sequences[0] ?? [], rating, ...defined({ weight }) };
  });
