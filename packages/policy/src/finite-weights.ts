import { CheckpointError } from "@accord-rl/core";
import type { TransformerWeights } from "./transformer-parameters.ts";

/** The weights as they are. @throws CheckpointError when one is NaN or infinite: a damaged file, or a failed training. */
export const requireFinite = (weights: TransformerWeights, path: string): TransformerWeights => {
  for (const [name, { data }] of Object.entries(weights)) {
    const at = data.findIndex((value: number) => !Number.isFinite(value));
    if (at < 0) continue;
    const message = `"${name}" is ${data[at]} at ${at}, expected finite numbers; the file is damaged, fetch it again`;
    throw new CheckpointError({ path, message });
  }
  return weights;
};
