export { countReasons } from "./ai/abstention.ts";
export type { AiLabel, AiLabeler, AiLabelerOptions } from "./ai/ai-labeler.ts";
export { createAiLabeler } from "./ai/ai-labeler.ts";
export type { ComposePrompt, ShownSample } from "./ai/compose.ts";
export { composeText, composeTurns } from "./ai/compose.ts";
export type { PositionConsistency } from "./ai/consistency.ts";
export { positionConsistency } from "./ai/consistency.ts";
export type { DirectRewardOptions, ScaleProbabilities } from "./ai/direct-reward.ts";
export { createDirectReward, digitByDigit, separateNumbers } from "./ai/direct-reward.ts";
export { labelByScores } from "./ai/label-by-scores.ts";
export type { Labeling, LabelingFailure, LabelingProgress, LabelPairsOptions } from "./ai/label-pairs.ts";
export { labelPairs } from "./ai/label-pairs.ts";
export type { Exemplar, PromptSet } from "./ai/prompt-set.ts";
export { beginAnswer, readPromptSet } from "./ai/prompt-set.ts";
export { classificationPrompts } from "./ai/prompt-sets/classification.ts";
export { dialoguePrompts } from "./ai/prompt-sets/dialogue.ts";
export { harmlessnessPrompts } from "./ai/prompt-sets/harmlessness.ts";
export { helpfulnessPrompts } from "./ai/prompt-sets/helpfulness.ts";
export { promptSets } from "./ai/prompt-sets/index.ts";
export { sentimentPrompts } from "./ai/prompt-sets/sentiment.ts";
export { summarizationPrompts } from "./ai/prompt-sets/summarization.ts";
export { translationPrompts } from "./ai/prompt-sets/translation.ts";
export type { Reading, ReadPreference } from "./ai/read-preference.ts";
export { readByLetter, readByLogProbs } from "./ai/read-preference.ts";
export type { SingleResponse, VerdictPrompt } from "./ai/verdict-reward.ts";
export { createVerdictReward, readVerdictPrompt, sentimentVerdict } from "./ai/verdict-reward.ts";
export type { AuditedPair, AuditLabelerOptions, LabelerAudit } from "./audits/audit-labeler.ts";
export { auditLabeler, auditRows } from "./audits/audit-labeler.ts";
export { averageOrders } from "./audits/both-orders.ts";
export type { AuditFinding, AuditOptions } from "./audits/finding.ts";
export type { LengthRecord } from "./audits/length.ts";
export { lengthBias } from "./audits/length.ts";
export type { LengthEffect, WinRecord } from "./audits/length-control.ts";
export { fitLengthEffect, lengthControlledWinRate } from "./audits/length-control.ts";
export type { NameGroups } from "./audits/name-groups.ts";
export { defaultNameGroups, readNameGroups } from "./audits/name-groups.ts";
export type { NamedPair, NameTemplate } from "./audits/name-templates.ts";
export { averageNames, findNameTemplates, nameVariants } from "./audits/name-templates.ts";
export type { NameRecord } from "./audits/names.ts";
export { nameSensitivity } from "./audits/names.ts";
export type { Pad } from "./audits/padding.ts";
export { addFiller, repeatContent } from "./audits/padding.ts";
export type { OrderedLabel } from "./audits/position.ts";
export { positionBias, shownPositionBias } from "./audits/position.ts";
export type { SelfRecord } from "./audits/preference-excess.ts";
export { selfPreference, verbosityBias } from "./audits/preference-excess.ts";
export type { Constitution, Principle } from "./constitution/constitution.ts";
export { readConstitution } from "./constitution/constitution.ts";
export type { ConstitutionLabelerOptions } from "./constitution/constitution-labeler.ts";
export { createConstitutionLabeler, principlePrompts } from "./constitution/constitution-labeler.ts";
export type { CritiqueAndReviseOptions, Revisions } from "./constitution/critique-and-revise.ts";
export { critiqueAndRevise } from "./constitution/critique-and-revise.ts";
export { defaultConstitution } from "./constitution/default-constitution.ts";
export { defaultRevisionExemplars } from "./constitution/default-exemplars.ts";
export type { RevisedAnswer, RevisionExemplar, RevisionStep } from "./constitution/revise.ts";
export type { RevisionRecord } from "./constitution/revision-records.ts";
export { revisionRecords, writeRevisionRecords } from "./constitution/revision-records.ts";
export type { BradleyTerryFit, BradleyTerryOptions, Comparison } from "./human/aggregation/bradley-terry.ts";
export { bradleyTerry, raoKupper } from "./human/aggregation/bradley-terry.ts";
export type { CrowdFit, CrowdOptions, WorkerComparison } from "./human/aggregation/crowd-bradley-terry.ts";
export { crowdBradleyTerry } from "./human/aggregation/crowd-bradley-terry.ts";
export type {
  DawidSkeneFit,
  DawidSkeneOptions,
  DawidSkeneSizes,
  WorkerLabel,
} from "./human/aggregation/dawid-skene.ts";
export { dawidSkene } from "./human/aggregation/dawid-skene.ts";
export type { Aggregate, PairLabel } from "./human/aggregation/pair-labels.ts";
export { bradleyTerryLabels, dawidSkeneLabels, voteShareLabels } from "./human/aggregation/pair-labels.ts";
export type { Difference, ValueScale } from "./human/agreement/differences.ts";
export {
  interval,
  linearSteps,
  nominal,
  ordinal,
  quadraticSteps,
  ratio,
} from "./human/agreement/differences.ts";
export type { CohenKappaOptions } from "./human/agreement/kappa.ts";
export { cohenKappa, fleissKappa } from "./human/agreement/kappa.ts";
export type { AlphaOptions, ItemLabels } from "./human/agreement/krippendorff.ts";
export { krippendorffAlpha, krippendorffInterval } from "./human/agreement/krippendorff.ts";
export type { LabelMatrix } from "./human/agreement/label-matrix.ts";
export { choiceAgreement, ratingAgreement } from "./human/agreement/label-matrix.ts";
export type { JudgedPair } from "./human/duplicates.ts";
export { groupByPair, latestJudgements } from "./human/duplicates.ts";
export { accordFormat } from "./human/formats/accord.ts";
export type { JudgementFormat } from "./human/formats/format.ts";
export { hhFormat } from "./human/formats/hh.ts";
export { summarizeFormat } from "./human/formats/summarize.ts";
export { trlFormat } from "./human/formats/trl.ts";
export type { JsonRow } from "./human/json-rows.ts";
export type {
  Judgement,
  JudgementContext,
  PairChoice,
  PairJudgement,
  RankingJudgement,
  RatingJudgement,
} from "./human/judgement.ts";
export {
  formatJudgements,
  parseJudgements,
  readJudgements,
  writeJudgements,
} from "./human/judgement-files.ts";
export { pairwiseJudgements, standardizeRatings } from "./human/ratings.ts";
export type { Calibration, FittedWeights, FitWeightsOptions } from "./hybrid/fit-weights.ts";
export { fitSourceWeights, fitTemperature, labelEvidence, scoreEvidence } from "./hybrid/fit-weights.ts";
export type {
  LabelSource,
  MixedLabel,
  MixSources,
  SourcedLabel,
  WeightedPreference,
} from "./hybrid/mix-labels.ts";
export { alignLabels, averageSources, firstSource, mixLabels, toPreferences } from "./hybrid/mix-labels.ts";
export type { AnswerCache } from "./models/answer-cache.ts";
export { openAnswerCache } from "./models/answer-cache.ts";
export type { CachedModel, CachedModelOptions } from "./models/cached-model.ts";
export { cacheAnswers } from "./models/cached-model.ts";
export { completeEach } from "./models/complete-each.ts";
export type { LlamaCppModel, LlamaCppModelOptions } from "./models/llama-cpp-model.ts";
export { createLlamaCppModel } from "./models/llama-cpp-model.ts";
export type { LlamaLibrary } from "./models/llama-library.ts";
export type { Meter } from "./models/meter.ts";
export type { OpenAiModel } from "./models/openai-model.ts";
export { createOpenAiModel } from "./models/openai-model.ts";
export type { OpenAiModelOptions } from "./models/openai-options.ts";
export type { Thoughtless } from "./models/thoughts.ts";
export { withoutThoughts } from "./models/thoughts.ts";
export type { ResponsePair } from "./pair.ts";
