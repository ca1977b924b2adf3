import type { Json, Random, Stateful } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { countHolders, type SharedParts } from "../transformer/shared-parts.ts";
import { assembleTransformer, type Transformer } from "../transformer/transformer.ts";
import { addAdapter } from "./add-adapter.ts";
import { dropInLearning } from "./dropout.ts";
import { adapterParameters, copyAdapter, createPair, type LoraAdapter, randomPair } from "./lora-adapter.ts";
import { type LoraOptions, resolveLora } from "./lora-options.ts";
import { loraProjections } from "./lora-projections.ts";

/** A model that trains an adapter alone; its weights are another model's. */
export interface LoraTransformer extends Transformer {
  readonly adapter: LoraAdapter;
  /** Another adapter with the same values, on the same weights. */
  clone(): LoraTransformer;
}

/** A model's state together with the position of what it draws from. */
const withDraws = (model: Transformer, random: Random): Stateful => ({
  state: async () => ({ ...(await model.state()), json: { dropout: random.state() } }),
  restore: (state) => {
    const before = random.state();
    random.restore((state.json as { readonly dropout?: Json } | null)?.dropout ?? null);
    try {
      model.restore(state);
    } catch (error) {
      random.restore(before);
      throw error;
    }
  },
});

/** Takes ownership of the adapter. */
export const adaptTransformer = (
  base: SharedParts,
  adapter: LoraAdapter,
  random: Random,
): LoraTransformer => {
  const parameters = adapterParameters(adapter);
  const dropout = dropInLearning(adapter.settings.dropout, random);
  const projections = loraProjections(base.parts.projections, adapter, dropout);
  const release = base.hold();
  const hold = countHolders(() => {
    tf.dispose(Object.values(parameters));
    release();
  });
  const clone = () => adaptTransformer(base, copyAdapter(adapter), random.fork("clone"));
  const copy = () => {
    const merged = base.copy();
    addAdapter(merged, adapter, 1);
    return merged;
  };
  const shared = { parts: { ...base.parts, projections }, hold, copy };
  const model = assembleTransformer<LoraTransformer>(shared, { parameters, clone });
  return { ...model, ...(adapter.settings.dropout > 0 ? withDraws(model, random) : {}), adapter };
};

/**
 * The model with a low-rank adapter on its matrices, which is all that is trained.
 *
 *   W' = W + scale · B · A,   A [r, I] random, B [O, r] zero: it starts as the model that it was
 *
 * The weights stay the model's and are never copied. Each model on them holds them: dispose of the adapter, its clones
 * and the model in any order, and the last frees them.
 *
 * @throws InvalidArgumentError when an option is out of range.
 * @see Hu et al. 2021. https://arxiv.org/abs/2106.09685
 */
export const withLora = (model: Transformer, options: LoraOptions): LoraTransformer => {
  const { settings, sites } = resolveLora("withLora", model.config, options);
  const { random } = options;
  const draws = random.fork("A");
  const pairs = sites.map((site) => createPair(randomPair(site, settings.rank, draws), settings));
  return adaptTransformer(model.shared, { settings, pairs }, random.fork("dropout"));
};
