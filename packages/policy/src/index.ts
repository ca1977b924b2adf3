export { type Activation, relu, tanh } from "./activation.ts";
export type { Decoder } from "./decoder.ts";
export type { GgufTensorInfo } from "./gguf/header.ts";
export type { GgufPacking } from "./gguf/pack.ts";
export { f16, q8_0 } from "./gguf/pack.ts";
export type { GgufFile } from "./gguf/read-gguf.ts";
export { readGguf } from "./gguf/read-gguf.ts";
export type { SaveGgufOptions } from "./gguf/save-gguf.ts";
export { saveGguf } from "./gguf/save-gguf.ts";
export type { GenerationSettings } from "./hugging-face/generation-settings.ts";
export { saveHuggingFace } from "./hugging-face/save.ts";
export type { SequenceClassifier } from "./hugging-face/sequence-classifier.ts";
export { loadSequenceClassifier } from "./hugging-face/sequence-classifier.ts";
export type { LoadModelOptions } from "./load-model.ts";
export { loadModel, saveLlama2c } from "./load-model.ts";
export { freeze } from "./lora/freeze.ts";
export type { LoraAdapter, LoraPair } from "./lora/lora-adapter.ts";
export type { LoraOptions, LoraScaling, LoraSettings } from "./lora/lora-options.ts";
export { rankStabilizedScaling, standardScaling } from "./lora/lora-options.ts";
export type { LoraSite } from "./lora/lora-sites.ts";
export { mergeLora, unmergeLora } from "./lora/merge.ts";
export type { LoadLoraOptions } from "./lora/peft-adapter.ts";
export { loadLora, saveLora } from "./lora/peft-adapter.ts";
export type { LoraTransformer } from "./lora/with-lora.ts";
export { withLora } from "./lora/with-lora.ts";
export type { MlpOptions } from "./mlp.ts";
export type { MlpPolicy, MlpPolicyOptions } from "./mlp-policy.ts";
export { createMlpPolicy, createMlpValueFunction } from "./mlp-policy.ts";
export type { MlpQFunctionOptions } from "./mlp-q-function.ts";
export {
  createMlpCategoricalFunction,
  createMlpQFunction,
  createMlpQuantileFunction,
} from "./mlp-q-function.ts";
export { recomputeLayers } from "./recompute-layers.ts";
export type { RopeScaling } from "./rope-scaling.ts";
export { loadLlama2cTokenizer } from "./saved-tokenizer/load-llama2c-tokenizer.ts";
export { loadTokenizer } from "./saved-tokenizer/load-tokenizer.ts";
export type { TabularLanguage, TabularTextPolicy } from "./tabular-text.ts";
export { createTabularTextPolicy, createTabularTextValues } from "./tabular-text.ts";
export type { PolicyTextModelOptions, ScoringTextModel } from "./text-model/policy-text-model.ts";
export { createPolicyTextModel } from "./text-model/policy-text-model.ts";
export type { TextPolicy, TextPolicyOptions } from "./text-policy.ts";
export { createTextPolicy } from "./text-policy.ts";
export { createTextValueFunction, createValueHead } from "./text-value.ts";
export type { Transformer } from "./transformer.ts";
export { createTransformer } from "./transformer.ts";
export type { SlidingLayers, TransformerConfig } from "./transformer-config.ts";
export type { TransformerWeights } from "./transformer-parameters.ts";
