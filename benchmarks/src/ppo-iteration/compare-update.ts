import { largestDifference, mean } from "../agreement.ts";
import type { createOurs } from "./ours.ts";

type OurUpdate = Awaited<ReturnType<ReturnType<typeof createOurs>["check"]>>;

/** What a peer answers to `check`. */
export interface PeerUpdate {
  readonly losses: readonly {
    readonly loss: number;
    readonly policyLoss: number;
    readonly valueLoss: number;
  }[];
  readonly scores: readonly number[];
  readonly logProbs: readonly (readonly number[])[];
}

/** How far one update of ours and of a peer on the same batch are apart. */
export const updateDifferences = ({ batch, stats, scores }: OurUpdate, theirs: PeerUpdate) => {
  const lossDifference = (name: "loss" | "policyLoss" | "valueLoss") =>
    Math.abs(stats[name]! - mean(theirs.losses.map((losses) => losses[name])));
  return {
    loss: lossDifference("loss"),
    policyLoss: lossDifference("policyLoss"),
    valueLoss: lossDifference("valueLoss"),
    logProbs: largestDifference(batch.behaviourLogProbs.flat(), theirs.logProbs.flat()),
    scores: largestDifference(scores, theirs.scores),
  };
};
