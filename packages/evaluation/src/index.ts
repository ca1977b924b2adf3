export type { BootstrapOptions, BootstrapOptionsFor, Interval } from "./bootstrap.ts";
export {
  bootstrapInterval,
  pairedDifferenceInterval,
  stratifiedInterval,
  twoSampleInterval,
} from "./bootstrap.ts";
export type { CalibrationOptions, ReliabilityBin } from "./calibration.ts";
export { brierScore, expectedCalibrationError, reliabilityBins } from "./calibration.ts";
export type { ChrfOptions } from "./chrf.ts";
export { chrf } from "./chrf.ts";
export { normalQuantile, probabilityOfImprovement, wilsonInterval, winRate } from "./comparison.ts";
export { distinctN, repetition } from "./diversity.ts";
export type { Limits } from "./limits.ts";
export { withLimits } from "./limits.ts";
export type { CalibrationSettings, MonitorCalibration } from "./monitors/calibrate.ts";
export { calibrateMonitors, measureFalseAlarms, runsNeeded } from "./monitors/calibrate.ts";
export type { MonitorOptions, Monitors } from "./monitors/create-monitors.ts";
export { createMonitors, fixedLimit } from "./monitors/create-monitors.ts";
export { measureRun } from "./monitors/measure.ts";
export { pastPeakSignal } from "./monitors/past-peak.ts";
export type { WordWeights } from "./monitors/prompt-similarity.ts";
export { fitWordWeights, promptSimilaritySignal, wordSimilarity } from "./monitors/prompt-similarity.ts";
export { resampleRuns } from "./monitors/resample-runs.ts";
export type { CurvePoint, CurveShape, RewardCurve } from "./monitors/reward-curve.ts";
export { bestOfNCurve, fitRewardCurve, reinforcementCurve } from "./monitors/reward-curve.ts";
export { disagreementSignal, entropySignal, goldGapSignal, klSignal } from "./monitors/run-signals.ts";
export { standardSignals } from "./monitors/standard-signals.ts";
export { stockPhraseShare, stockPhraseSignal, stockPhrases } from "./monitors/stock-phrases.ts";
export { distinctSignal, lengthSignal, meanOverSamples, repetitionSignal } from "./monitors/text-signals.ts";
export type {
  Alarm,
  AlarmSample,
  Measurement,
  MonitoredSample,
  Observation,
  Signal,
  SignalValues,
  Threshold,
  Thresholds,
} from "./monitors/types.ts";
export type { Sequence } from "./ngrams.ts";
export { words } from "./ngrams.ts";
export type { Overlap } from "./rouge.ts";
export { longestCommonSubsequence, rougeL, rougeN } from "./rouge.ts";
export {
  accuracy,
  correlation,
  interquartileMean,
  mean,
  median,
  quantile,
  standardDeviation,
  standardError,
  variance,
} from "./statistics.ts";
