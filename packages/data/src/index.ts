export type { Batches } from "./batches.ts";
export { batches, epochBatches } from "./batches.ts";
export { toPreferencePairs, toRatedTexts, toTextExamples } from "./collate.ts";
export type { LabeledText } from "./imdb.ts";
export { cleanReview, loadImdb } from "./imdb.ts";
export type { OpeningOptions } from "./openings.ts";
export { openings } from "./openings.ts";
export type { Row } from "./read-rows.ts";
export { readRecords, readRows } from "./read-rows.ts";
export {
  readPreferences,
  readPrompts,
  readRatings,
  readTexts,
  readTranscriptPreferences,
} from "./readers.ts";
export type { PromptCompletion, TextPreference, TextRating } from "./records.ts";
export type { SentimentOptions } from "./sentiment.ts";
export { sentimentPairs, sentimentRatings } from "./sentiment.ts";
export { splitSeeded } from "./split.ts";
export type { TokenizedResponses, TokenizeOptions } from "./tokenize.ts";
export { tokenizeResponses } from "./tokenize.ts";
export { splitTranscripts } from "./transcripts.ts";
export { normalizedText, uniqueBy } from "./unique.ts";
