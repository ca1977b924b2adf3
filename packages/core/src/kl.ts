import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { ActionEvaluation, EvaluationRequest } from "./policy.ts";
import type { Decisions, Observations } from "./rollout.ts";
import type { Stateful } from "./stateful.ts";

/** Where a KL penalty applies: subtracted from the raw rewards before the update, or added to the loss inside it. */
export type KlPlacement = "reward" | "loss";

/** The reference's view of a batch, computed once per update, outside every gradient. */
export interface ReferenceEvaluation {
  /** [B, T] log π_ref(a_t | s_t). */
  readonly logProbs: Tensor2D;
  /** [B, T, A]; only when the estimator is the exact one. */
  readonly distribution?: Tensor3D;
}

/** What an estimator sees at each step. */
export interface KlInputs {
  /** The policy being trained. */
  readonly policy: ActionEvaluation;
  readonly reference: ReferenceEvaluation;
  /** [B, T] log-probs of the behaviour, for estimators weighted by ρ = π / π_behaviour. */
  readonly behaviourLogProbs: Tensor2D;
}

/** What an estimator is unbiased for, at ρ = 1 unless its name says otherwise. */
export interface KlSemantics {
  readonly value: "KL(policy‖reference)" | "biased";
  readonly gradient: "KL(policy‖reference)" | "KL(reference‖policy)";
}

/** Owns the reference, an estimator, a placement and the coefficient's controller. Given to an algorithm's constructor. */
export interface KlRegularizer<Obs extends Observations = Observations> extends Stateful {
  readonly name: string;
  readonly placement: KlPlacement;
  readonly semantics: KlSemantics;
  /** β, as it stands now. */
  readonly coefficient: number;
  /** What the policy's evaluation must carry for `penalty`. */
  readonly request: EvaluationRequest;
  /** The caller owns the result. */
  evaluateReference(batch: Decisions<Obs>): ReferenceEvaluation;
  /** [B, T] the estimate per step, not multiplied by β. Placement "loss": gradient flows to the policy. */
  penalty(inputs: KlInputs): Tensor2D;
  /** After each update: the measured KL per sequence (nats, mean over sequences of the sum over steps). */
  observe(measured: { readonly klNats: number; readonly sequences: number }): void;
}
