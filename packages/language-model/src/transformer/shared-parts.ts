import { InvalidArgumentError } from "@accord-rl/core";
import type { TransformerWeights } from "../weights/transformer-parameters.ts";
import type { DecoderParts } from "./decoder.ts";
import type { Transformer } from "./transformer.ts";

/** What a model computes with, for others that compute with the same tensors. */
export interface SharedParts {
  readonly parts: DecoderParts;
  /**
   * Keeps the tensors, whoever else disposes of them.
   * @returns what lets go of them. Whoever lets go last frees them; to let go twice does nothing.
   */
  hold(): () => void;
  /** A model of its own that says the same and trains all of its weights; what adapts them is merged into them. */
  copy(): Transformer;
}

/** All weights of a model by the names of its configuration's parameters, adapters merged into them. */
export const wholeWeights = async (model: Transformer): Promise<TransformerWeights> => {
  const copy = model.shared.copy();
  try {
    return (await copy.state()).tensors;
  } finally {
    copy.dispose();
  }
};

/** Counts who holds something. @param free called when the last has let go. */
export const countHolders = (free: () => void): SharedParts["hold"] => {
  let holders = 0;
  let isFreed = false;
  return () => {
    if (isFreed) {
      throw new InvalidArgumentError({
        argument: "model",
        value: "disposed",
        message: "the model's weights are freed, expected a model that is in use; dispose of it later",
      });
    }
    holders++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      holders--;
      if (holders > 0) return;
      isFreed = true;
      free();
    };
  };
};
