import type { TransformerConfig } from "@accord-rl/language-model";
import { scaleWork, sumWork, type Work } from "../roofline.ts";
import { stories15M } from "../shapes.ts";
import { adamWork, forwardWork, generationWork, gradientWork, parameterCount } from "../transformer-work.ts";
import { workload } from "./workload.ts";

interface Sizes {
  readonly prompts: number;
  readonly promptTokens: number;
  readonly newTokens: number;
}

/** What writing texts and scoring them takes at least, and the passes over them that learning is made of. */
export const collectionWork = (
  config: TransformerConfig,
  { prompts: batch, promptTokens, newTokens }: Sizes,
) => {
  const length = promptTokens + newTokens - 1;
  const withLogits = { batch, length, outputs: batch * newTokens };
  const withoutLogits = { batch, length, outputs: 0 };
  return {
    generation: generationWork(config, { batch, promptLength: promptTokens, newTokens }),
    /** The reference's logits on the response, the values and the reward. */
    scoring: sumWork(
      forwardWork(config, withLogits),
      forwardWork(config, withoutLogits),
      forwardWork(config, withoutLogits),
    ),
    withLogits,
    withoutLogits,
  };
};

/**
 * The least that an iteration has to do: generation records its log-probs; training is one gradient of policy and values
 * for each epoch, and Adam.
 */
export const iterationWork = (): Readonly<Record<"generation" | "scoring" | "training", Work>> => {
  const { generation, scoring, withLogits, withoutLogits } = collectionWork(stories15M, workload);
  const gradients = sumWork(gradientWork(stories15M, withLogits), gradientWork(stories15M, withoutLogits));
  const training = sumWork(gradients, adamWork(2 * parameterCount(stories15M)));
  return { generation, scoring, training: scaleWork(training, workload.epochs) };
};
