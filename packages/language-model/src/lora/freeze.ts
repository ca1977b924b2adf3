import type { SharedParts } from "../transformer/shared-parts.ts";
import { assembleTransformer, type Transformer } from "../transformer/transformer.ts";

/** A model of these parts, with nothing to train. */
export const frozenModel = (shared: SharedParts): Transformer =>
  assembleTransformer(shared, { parameters: {}, clone: () => frozenModel(shared) });

/**
 * The model as it is, with nothing to train: a reference, or the trunk below a head of its own.
 *
 * It computes with the model's own weights and holds them. What else changes them changes it too.
 */
export const freeze = (model: Transformer): Transformer => frozenModel(model.shared);
