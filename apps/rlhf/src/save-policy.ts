import {
  type LoraTransformer,
  mergeLora,
  saveHuggingFace,
  saveLora,
  type Transformer,
} from "@accord-rl/policy";
import type { Run } from "@accord-rl/runs";

const isAdapted = (model: Transformer): model is LoraTransformer => "adapter" in model;

/** The improved model as a Hugging Face folder, `policy`; where an adapter was trained, that too, as PEFT has it. */
export const savePolicy = async (model: Transformer, run: Run): Promise<void> => {
  if (!isAdapted(model)) return saveHuggingFace(model, run.path("policy"));
  await saveLora(model, run.path("adapter"));
  const merged = mergeLora(model);
  await saveHuggingFace(merged, run.path("policy"));
  merged.dispose();
};
