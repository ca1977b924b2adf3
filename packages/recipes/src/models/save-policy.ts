import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Tokenizer } from "@accord-rl/core";
import {
  type GenerationSettings,
  type LoraTransformer,
  mergeLora,
  saveHuggingFace,
  saveLora,
  type Transformer,
} from "@accord-rl/language-model";

const isAdapted = (model: Transformer): model is LoraTransformer => "adapter" in model;

/** What is saved with a model, so that the folder can be used as it is. */
export interface Belongings {
  readonly tokenizer: Tokenizer;
  readonly generation?: GenerationSettings | undefined;
}

/** The improved model and its tokenizer as a Hugging Face folder, `policy`; where an adapter was trained, that too, as PEFT has it. */
export const savePolicy = async (
  model: Transformer,
  { tokenizer, generation }: Belongings,
  folder: string,
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const options = { tokenizer, ...(generation && { generation }) };
  if (!isAdapted(model)) return saveHuggingFace(model, join(folder, "policy"), options);
  await saveLora(model, join(folder, "adapter"));
  const merged = mergeLora(model);
  await saveHuggingFace(merged, join(folder, "policy"), options);
  merged.dispose();
};
