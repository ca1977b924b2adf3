import type { TransformerConfig } from "@accord-rl/language-model";
import { collectionWork } from "../ppo-iteration/work.ts";
import { scaleWork, sumWork, type Work } from "../roofline.ts";
import { adamWork, forwardWork } from "../transformer-work.ts";
import { workload } from "./workload.ts";

/**
 * The least that an iteration has to do, the adapter's own share left out: training is a forward pass and the gradients
 * of its inputs, but none of the frozen weights.
 */
export const loraWork = (
  config: TransformerConfig,
  trained: number,
): Readonly<Record<"generation" | "scoring" | "training", Work>> => {
  const { generation, scoring, withLogits } = collectionWork(config, workload);
  const training = sumWork(scaleWork(forwardWork(config, withLogits), 2), adamWork(trained));
  return { generation, scoring, training: scaleWork(training, workload.epochs) };
};
