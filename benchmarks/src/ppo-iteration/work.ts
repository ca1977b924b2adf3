import { scaleWork, sumWork, type Work } from "../roofline.ts";
import { stories15M } from "../shapes.ts";
import { adamWork, forwardWork, generationWork, gradientWork, parameterCount } from "../transformer-work.ts";
import { workload } from "./workload.ts";

/**
 * The least that an iteration has to do: generation records its log-probs; scoring is the reference's logits on the
 * response, the values and the reward; training is one gradient of policy and values for each epoch, and Adam.
 */
export const iterationWork = (): Readonly<Record<"generation" | "scoring" | "training", Work>> => {
  const { prompts: batch, promptTokens, newTokens, epochs } = workload;
  const length = promptTokens + newTokens - 1;
  const withLogits = { batch, length, outputs: batch * newTokens };
  const withoutLogits = { batch, length, outputs: 0 };
  return {
    generation: generationWork(stories15M, { batch, promptLength: promptTokens, newTokens }),
    scoring: sumWork(
      forwardWork(stories15M, withLogits),
      forwardWork(stories15M, withoutLogits),
      forwardWork(stories15M, withoutLogits),
    ),
    training: scaleWork(
      sumWork(
        gradientWork(stories15M, withLogits),
        gradientWork(stories15M, withoutLogits),
        adamWork(2 * parameterCount(stories15M)),
      ),
      epochs,
    ),
  };
};
