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
