import { reject } from "../check.ts";
import type { Transformer } from "../transformer/transformer.ts";
import { addAdapter } from "./add-adapter.ts";
import type { LoraTransformer } from "./with-lora.ts";

/**
 * A plain model with the adapter in its weights, W + scale · B · A, to save or to serve. What has no adapter shares its
 * memory with the base, until one of them changes. Base and adapter stay as they are.
 */
export const mergeLora = (model: LoraTransformer): Transformer => model.shared.copy();

/**
 * The inverse of `mergeLora`, up to rounding: a plain model whose weights are W − scale · B · A.
 *
 * @param merged  a plain model, such as one that was saved after the merge.
 * @param model   that with the adapter. @throws InvalidArgumentError when its matrices are not those of the merged one.
 */
export const unmergeLora = (merged: Transformer, { adapter }: LoraTransformer): Transformer => {
  for (const { site } of adapter.pairs) {
    const weight = merged.parameters[site.parameter];
    const fits = weight?.shape[1] === site.inputs && (weight.shape[0] ?? 0) >= site.firstRow + site.outputs;
    if (fits) continue;
    const message = `${site.parameter} is [${weight?.shape ?? "missing"}], expected one with ${site.outputs} rows of ${site.inputs} for ${site.target}; give the model that the adapter was merged into`;
    reject("unmergeLora", "merged", weight?.shape, message);
  }
  const model = merged.clone();
  addAdapter(model, adapter, -1);
  return model;
};
