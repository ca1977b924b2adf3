export type { KlController } from "./controllers.ts";
export { adaptive, fixed, linearSchedule } from "./controllers.ts";
export type { KlEstimator } from "./estimator.ts";
export { exact, forwardK3, k1, k2, k3, klEstimators, ratioK1, ratioK3 } from "./estimators.ts";
export type { KlRegularizerOptions } from "./kl-regularizer.ts";
export { createKlRegularizer } from "./kl-regularizer.ts";
export { exactKl, importanceRatio, k1Values, k2Values, k3Values } from "./kl-values.ts";
export type { MovingReferenceOptions, ReferenceUpdate } from "./moving-reference.ts";
export { followPolicy, movingAverage, periodicSync } from "./moving-reference.ts";
