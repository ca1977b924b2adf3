import type { DecoderParts } from "./decoder.ts";

/** What a model computes with, for others that compute with the same tensors. */
export interface SharedParts {
  readonly parts: DecoderParts;
  /**
   * Keeps the tensors, whoever else disposes of them.
   * @returns what lets go of them. Whoever lets go last frees them; to let go twice does nothing.
   */
  hold(): () => void;
}

/** Counts who holds something. @param free called when the last has let go. */
export const countHolders = (free: () => void): SharedParts["hold"] => {
  let holders = 0;
  return () => {
    holders++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      holders--;
      if (holders === 0) free();
    };
  };
};
