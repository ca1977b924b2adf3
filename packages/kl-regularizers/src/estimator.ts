import type { EvaluationRequest, KlInputs, KlPlacement, KlSemantics } from "@accord-rl/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/**
 * One way to estimate the KL from policy to reference at each step, and where it may stand.
 *
 * P is the placement that `lawful` has an entry for; `createKlRegularizer` accepts no other at compile time.
 */
export interface KlEstimator<P extends KlPlacement = KlPlacement> {
  readonly name: string;
  /** What the estimate is unbiased for, for each placement where it may stand. */
  readonly lawful: { readonly [K in P]?: KlSemantics };
  /** Why it may not stand elsewhere, for the error message. */
  readonly unlawful?: { readonly [K in KlPlacement]?: string };
  /** What the policy's evaluation, and the reference's, must carry. */
  readonly request: EvaluationRequest;
  /** [B, T] float32, nats. Gradient flows to: policy only. */
  value(inputs: KlInputs): Tensor2D;
}
