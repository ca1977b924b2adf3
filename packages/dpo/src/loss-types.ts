import type { TokenSequence } from "@accord-rl/core";
import { checkShape } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";

/** What a loss sees of N responses. */
export interface ResponseScores {
  /** [N] Σ_t log π(y_t), nats. Gradient flows here. */
  readonly logProbs: Tensor1D;
  /** [N] tokens of each response. */
  readonly lengths: Tensor1D;
}

/** With the same of the reference. */
export interface ReferencedScores extends ResponseScores {
  /** [N] Σ_t log π_ref(y_t), nats. */
  readonly referenceLogProbs: Tensor1D;
}

/** N pairs of responses to the same prompt each. */
export interface PairInputs<Scores extends ResponseScores = ResponseScores> {
  readonly preferred: Scores;
  readonly rejected: Scores;
  /** [N] p: that `preferred` is the better one. */
  readonly probabilities: Tensor1D;
  /** [N] how much better, in units of the implicit reward. */
  readonly margins: Tensor1D;
}

/** All [N]. */
export interface PairLosses {
  /** Unreduced. */
  readonly losses: Tensor1D;
  /** The rewards that the policy stands for, as this loss sees them. */
  readonly preferredRewards: Tensor1D;
  readonly rejectedRewards: Tensor1D;
}

interface PairLoss {
  /** For errors. */
  readonly title: string;
  /** Whether it takes the pairs' own margins into account. */
  readonly usesMargins: boolean;
}

/** Compares the policy with a reference: DPO, IPO. */
export interface ReferenceLoss extends PairLoss {
  readonly needsReference: true;
  (inputs: PairInputs<ReferencedScores>): PairLosses;
}

/** Looks at the policy alone: SimPO, ORPO. */
export interface ReferenceFreeLoss extends PairLoss {
  readonly needsReference: false;
  (inputs: PairInputs): PairLosses;
}

/** N responses that are good or bad by themselves. */
export interface RatedInputs extends ReferencedScores {
  /** [N] probability that the response is desirable. */
  readonly probabilities: Tensor1D;
  /** z: KL(π‖π_ref) of sequences, 0 or more. No gradient. */
  readonly klNats: Scalar;
}

/** Learns from single responses: KTO. */
export interface UnpairedLoss {
  readonly title: string;
  readonly needsReference: true;
  (inputs: RatedInputs): { readonly losses: Tensor1D; readonly rewards: Tensor1D };
}

/** One response, prompt included, that people would want or not want to see. */
export interface RatedResponse {
  readonly tokens: TokenSequence;
  /** Index of the first response token. */
  readonly completionStart: number;
  /** true, false, or the probability that it is desirable. */
  readonly desirable: boolean | number;
  /** Default 1. */
  readonly weight?: number;
}
export type RatedResponseBatch = readonly RatedResponse[];

const checkScores = (where: string, name: string, scores: ResponseScores, length: number | "N"): void => {
  for (const [field, tensor] of Object.entries(scores as unknown as Record<string, Tensor1D>)) {
    checkShape(where, `${name}.${field}`, tensor, [length], "one per response");
  }
};

/** @throws ShapeError that names the tensor. */
export const checkPairInputs = (
  where: string,
  { preferred, rejected, probabilities, margins }: PairInputs,
): void => {
  const N = preferred.logProbs.shape[0];
  checkShape(where, "preferred.logProbs", preferred.logProbs, ["N"]);
  checkScores(where, "preferred", preferred, N);
  checkScores(where, "rejected", rejected, N);
  checkScores(where, "pairs", { probabilities, margins } as unknown as ResponseScores, N);
};

/** @throws ShapeError that names the tensor. */
export const checkRatedInputs = (where: string, { klNats, ...scores }: RatedInputs): void => {
  checkShape(where, "logProbs", scores.logProbs, ["N"]);
  checkScores(where, "responses", scores, scores.logProbs.shape[0]);
  checkShape(where, "klNats", klNats, []);
};
