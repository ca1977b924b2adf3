import type { TransformerConfig } from "@accord-rl/policy";
import { scaleWork, sumWork, type Work } from "../roofline.ts";
import { adamWork, forwardWork, generationWork } from "../transformer-work.ts";
import { workload } from "./workload.ts";

/**
 * The least that an iteration has to do, the adapter's own share left out: scoring is the reference's logits, the
 * values and the reward; training is a forward pass and the gradients of its inputs, but none of the frozen weights.
 */
export const loraWork = (
  config: TransformerConfig,
  trained: number,
): Readonly<Record<"generation" | "scoring" | "training", Work>> => {
  const { prompts: batch, promptTokens, newTokens, epochs } = workload;
  const length = promptTokens + newTokens - 1;
  const withLogits = { batch, length, outputs: batch * newTokens };
  const withoutLogits = { batch, length, outputs: 0 };
  return {
    generation: generationWork(config, { batch, promptLength: promptTokens, newTokens }),
    scoring: sumWork(
      forwardWork(config, withLogits),
      forwardWork(config, withoutLogits),
      forwardWork(config, withoutLogits),
    ),
    training: scaleWork(sumWork(scaleWork(forwardWork(config, withLogits), 2), adamWork(trained)), epochs),
  };
};
