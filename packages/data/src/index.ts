export type { Batches } from "./batches.ts";
export { batches, epochBatches } from "./batches.ts";
export { toChatExamples, toChatPreferencePairs } from "./chat.ts";
export type { RenderChat } from "./chat-turns.ts";
export type { RatedConversation } from "./chitchat.ts";
export { loadChitchat } from "./chitchat.ts";
export { toPreferencePairs, toRatedTexts, toTextExamples } from "./collate.ts";
export type { Content } from "./content.ts";
export type { HallucinationPair } from "./halueval.ts";
export { haluEval } from "./halueval.ts";
export type { HashSplitOptions } from "./hash-split.ts";
export { filterStream, hashSplit } from "./hash-split.ts";
export { hh } from "./hh.ts";
export type { LabeledText } from "./imdb.ts";
export { cleanReview, loadImdb } from "./imdb.ts";
export type { ArenaPair, JudgedPair } from "./judged-pairs.ts";
export { alpacaEval, loadArena, toPreferences } from "./judged-pairs.ts";
export type { SummaryComparison, SummaryRating } from "./openai-summaries.ts";
export { openaiSummaries } from "./openai-summaries.ts";
export type { OpeningOptions } from "./openings.ts";
export { openings } from "./openings.ts";
export type { PackedExample, PackOptions } from "./pack.ts";
export { pack } from "./pack.ts";
export {
  readPreferences,
  readPrompts,
  readRatings,
  readTexts,
  readTranscriptPreferences,
} from "./readers.ts";
export type { PromptCompletion, TextPreference, TextRating } from "./records.ts";
export type { Row } from "./row.ts";
export type { SentimentOptions } from "./sentiment.ts";
export { sentimentPairs, sentimentRatings } from "./sentiment.ts";
export type { ChatOptions, Shorten } from "./shorten-chat.ts";
export { dropLongChat, dropOldestTurn } from "./shorten-chat.ts";
export { splitSeeded } from "./split.ts";
export type { RecordOptions, RowOptions } from "./stream-rows.ts";
export { collect, readRecords, readRows, streamRecords, streamRows } from "./stream-rows.ts";
export type { TokenizedResponses, TokenizeOptions } from "./tokenize.ts";
export { tokenizeResponses } from "./tokenize.ts";
export { splitTranscripts } from "./transcripts.ts";
export type { Completion, LabeledCompletion, Preference, Stepwise } from "./trl.ts";
export { trl } from "./trl.ts";
export type { PromptAndResponses, Truncation } from "./truncation.ts";
export { dropTooLong, keepPromptEnd, keepPromptStart } from "./truncation.ts";
export { normalizedText, uniqueBy } from "./unique.ts";
export type { Translation } from "./verses.ts";
export { alignVerses, loadVerses } from "./verses.ts";
