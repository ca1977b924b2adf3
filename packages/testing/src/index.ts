export type { CheckGradientsOptions } from "./check-gradients.ts";
export { checkGradients } from "./check-gradients.ts";
export { expectNoLeak } from "./expect-no-leak.ts";
export type { TabularObservations, TabularPolicy } from "./tabular.ts";
export { createTabularPolicy, createTabularValues } from "./tabular.ts";
export type { TabularRolloutOptions, TabularTask } from "./tabular-rollout.ts";
export { bandit, createTabularRollout } from "./tabular-rollout.ts";
export type { Numbers, Tolerance } from "./to-be-all-close.ts";
export { registerMatchers } from "./to-be-all-close.ts";
