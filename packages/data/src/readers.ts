import { hh } from "./hh.ts";
import {
  completionSchema,
  type PromptCompletion,
  preferenceSchema,
  promptSchema,
  ratingSchema,
  type TextPreference,
  type TextRating,
} from "./records.ts";
import { readRecords } from "./stream-rows.ts";

/**
 * Reads prompts: lines of a .txt file, or records with `prompt` or `text`.
 * @throws DataError with the line, as do all readers here.
 */
export const readPrompts = (path: string): Promise<string[]> => readRecords(path, promptSchema);

/** Reads texts to learn from: lines, records with `text`, or with `prompt` and `completion`. */
export const readTexts = (path: string): Promise<PromptCompletion[]> => readRecords(path, completionSchema);

/** Reads preference pairs in TRL's plain format: `{ prompt?, chosen, rejected, probability?, margin?, weight? }`. */
export const readPreferences = (path: string): Promise<TextPreference[]> =>
  readRecords(path, preferenceSchema);

/** Reads scored texts: `{ prompt?, response, rating }` or `{ text, rating }`. */
export const readRatings = (path: string): Promise<TextRating[]> => readRecords(path, ratingSchema);

/**
 * Reads preference pairs in the format of Anthropic's HH-RLHF: `chosen` and `rejected` are whole transcripts, equal up
 * to the assistant's last turn.
 * @see Bai et al. 2022. https://arxiv.org/abs/2204.05862
 */
export const readTranscriptPreferences = (path: string): Promise<TextPreference[]> =>
  readRecords(path, hh.preference);
