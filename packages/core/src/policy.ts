import type { Tensor2D, Tensor3D, Variable } from "@tensorflow/tfjs-core";
import type { Decisions, Observations, Rollout } from "./rollout.ts";
import type { Disposable, Stateful } from "./stateful.ts";

/** Trainable variables by a stable name. The order of the keys is the order of the optimizer's moments. */
export type Parameters = Readonly<Record<string, Variable>>;

export interface Trainable {
  readonly parameters: Parameters;
}

export interface EvaluationRequest {
  /** Also return the entropy of each step's distribution. */
  readonly entropy?: boolean;
  /** Also return the full log-distribution [B, T, A]; costs memory where A is a vocabulary. */
  readonly distribution?: boolean;
}

export interface ActionEvaluation {
  /** [B, T] float32. log π(a_t | s_t), nats. Finite also at padding, where it means nothing. */
  readonly logProbs: Tensor2D;
  /** [B, T] float32. Nats; there when asked for. */
  readonly entropy?: Tensor2D;
  /** [B, T, A] float32. log π(· | s_t), normalised; there when asked for. */
  readonly distribution?: Tensor3D;
}

/** A distribution over actions that can be differentiated. */
export interface Policy<Obs extends Observations = Observations> extends Trainable, Stateful, Disposable {
  /** Gradient flows to the parameters. The caller owns the result. */
  evaluate(batch: Decisions<Obs>, request?: EvaluationRequest): ActionEvaluation;
}

/** A frozen distribution: what a KL regularizer needs of its reference. */
export type ReferencePolicy<Obs extends Observations = Observations> = Pick<Policy<Obs>, "evaluate">;

/** V(s), trainable. */
export interface ValueFunction<Obs extends Observations = Observations>
  extends Trainable,
    Stateful,
    Disposable {
  /** [B, T] V(s_t), before action t. Gradient flows to the parameters. The caller owns the result. */
  values(batch: Decisions<Obs>): Tensor2D;
  /** Both [B, T], no gradient meant: V(s_t), and the value of the true successor (0 where terminated or padding). */
  valuesAndNext(rollout: Rollout<Obs>): { values: Tensor2D; nextValues: Tensor2D };
  /** There when it shares its trunk with a policy: both from one forward pass. */
  evaluateJointly?(
    batch: Decisions<Obs>,
    request?: EvaluationRequest,
  ): ActionEvaluation & { readonly values: Tensor2D };
}
