export { type LoadedModel, loadTextModel } from "./load-text-model.ts";
