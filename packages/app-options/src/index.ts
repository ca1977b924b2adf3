export { labelerOption } from "./labeler-option.ts";
export { type RlhfOptions, rlhfOptions } from "./rlhf-options.ts";
export { rlhfSchema } from "./rlhf-schema.ts";
export {
  fineTuneSettings,
  improveSettings,
  loggedSettings,
  policySettings,
  type RlhfValues,
  rewardModelSettings,
  taskSettings,
} from "./rlhf-settings.ts";
