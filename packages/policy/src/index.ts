export { type Activation, relu, tanh } from "./mlp/activation.ts";
export type { MlpOptions } from "./mlp/mlp.ts";
export type { MlpPolicy, MlpPolicyOptions } from "./mlp/mlp-policy.ts";
export { createMlpPolicy, createMlpValueFunction } from "./mlp/mlp-policy.ts";
export type { MlpQFunctionOptions } from "./mlp/mlp-q-function.ts";
export {
  createMlpCategoricalFunction,
  createMlpQFunction,
  createMlpQuantileFunction,
} from "./mlp/mlp-q-function.ts";
export type { TabularLanguage, TabularTextPolicy } from "./text/tabular-text.ts";
export { createTabularTextPolicy, createTabularTextValues } from "./text/tabular-text.ts";
