export { labelerOption } from "./labeler-option.ts";
export { type LoadedModel, loadTextModel } from "./load-text-model.ts";
