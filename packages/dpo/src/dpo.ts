/**
 * Learning from preferences without a reward model.
 *
 * One update, given pairs of responses to the same prompts:
 * 1. Σ log π_ref of each response, unless the loss needs no reference: evaluated, or worked out beforehand.
 * 2. Σ log π of each response, both of a pair in one forward pass; only the response's tokens count.
 * 3. L = Σ w_i·loss_i / Σ w_i, with the loss that was passed in: DPO, conservative DPO, IPO, SimPO, ORPO.
 * 4. One optimizer step, however many micro-batches it is computed in.
 *
 * @see Rafailov et al. 2023. https://arxiv.org/abs/2305.18290
 */
import {
  InvalidArgumentError,
  type Learner,
  type Observations,
  type Policy,
  type PreferenceBatch,
  type ReferencePolicy,
  type TextObservations,
} from "@accord-rl/core";
import { createGradientLearner } from "@accord-rl/learning";
import { type Columns, columnsOf, cutRows, type PairRow, pairAgreement, pairRows } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type {
  PairInputs,
  PairLosses,
  ReferenceFreeLoss,
  ReferenceLoss,
  ResponseScores,
} from "./loss-types.ts";
import { resolvePreferenceOptions } from "./options.ts";
import { createReferenceScorer, type PrecomputedReference, responsesOf } from "./reference.ts";
import {
  createLayOut,
  type LayOut,
  type LayOutPart,
  type LearnerParts,
  type ResponseDecisions,
  refuseRegularizer,
  scoreResponses,
} from "./responses.ts";

type LossParts<Obs extends Observations> =
  | {
      readonly loss: ReferenceLoss;
      /** Frozen, usually a copy of the policy as it was at first. It stays the caller's to dispose of. */
      readonly reference: ReferencePolicy<Obs> | PrecomputedReference;
    }
  | { readonly loss: ReferenceFreeLoss; readonly reference?: never };

export type DpoParts<Obs extends Observations = TextObservations> = LearnerParts<Obs> &
  LossParts<Obs> &
  LayOutPart<Obs>;

const columnNames = ["share", "probability", "margin", "decidedShare"] as const;

type MicroBatch<Obs extends Observations> = ResponseDecisions<Obs> & {
  readonly columns: Columns<(typeof columnNames)[number]>;
  /** [2N]. */
  readonly referenceLogProbs?: Tensor1D;
};

/** The loss of N pairs and what is logged of them, as parts of the batch's. */
const pairObjective = <Obs extends Observations>(
  policy: Policy<Obs>,
  loss: (inputs: PairInputs<ResponseScores>) => PairLosses,
  { columns, referenceLogProbs, ...decisions }: MicroBatch<Obs>,
) => {
  const { share, probability, margin, decidedShare } = columns;
  const scores = {
    ...scoreResponses(policy, decisions as unknown as ResponseDecisions<Obs>),
    ...(referenceLogProbs && { referenceLogProbs }),
  };
  const N = share.shape[0];
  const half = (from: number): ResponseScores =>
    Object.fromEntries(
      Object.entries<Tensor1D>(scores).map(([name, tensor]) => [name, tf.slice(tensor, from, N)]),
    ) as unknown as ResponseScores;
  const { losses, preferredRewards, rejectedRewards } = loss({
    preferred: half(0),
    rejected: half(N),
    probabilities: probability,
    margins: margin,
  });
  const gaps = tf.sub(preferredRewards, rejectedRewards); // [N]
  const weigh = (perPair: Tensor, weights: Tensor = share): Scalar =>
    tf.sum<Scalar>(tf.mul(perPair, weights));
  return {
    loss: weigh(losses),
    auxiliary: {
      accuracy: weigh(pairAgreement(gaps, probability), decidedShare),
      margin: weigh(gaps),
      preferredReward: weigh(preferredRewards),
      rejectedReward: weigh(rejectedRewards),
    },
  };
};

const checkReference = ({ loss, reference }: LossParts<never>): void => {
  if ((reference !== undefined) === loss.needsReference) return;
  const message = loss.needsReference
    ? `createDpo: ${loss.title} compares the policy with a reference, expected one; usually a copy of the policy`
    : `createDpo: ${loss.title} needs no reference; leave it out, or choose a loss that has one`;
  throw new InvalidArgumentError({ argument: "reference", value: reference, message });
};

const checkMargins = (
  rows: readonly PairRow[],
  { usesMargins, title }: ReferenceLoss | ReferenceFreeLoss,
) => {
  const index = usesMargins ? -1 : rows.findIndex(({ margin }) => margin !== 0);
  if (index < 0) return;
  const message = `dpo.update: batch[${index}].margin is ${rows[index]!.margin}, but ${title} takes no margins; leave them out, or choose dpoLoss`;
  throw new InvalidArgumentError({ argument: "batch", value: rows[index]!.margin, message });
};

/**
 * Builds a learner from pairs. `update` gives loss, accuracy, margin, preferredReward, rejectedReward, gradientNorm,
 * learningRate.
 *
 * @param parts.layOut  how responses are laid out for a policy whose observations are not texts.
 * @throws InvalidArgumentError for a reference where the loss takes none, none where it needs one, a regularizer, or an
 *   impossible option; and in `update` for a batch that can't be learned from, which changes nothing.
 */
export const createDpo = <Obs extends Observations = TextObservations>(
  parts: DpoParts<Obs>,
): Learner<PreferenceBatch> => {
  const { policy, loss, reference, optimizer, compile } = parts;
  refuseRegularizer("createDpo", parts);
  checkReference(parts as LossParts<never>);
  const options = resolvePreferenceOptions("createDpo", parts.options);
  const layOut = createLayOut(parts.layOut as LayOut<Obs> | undefined, options);
  const scoreReference = reference && createReferenceScorer<Obs>(reference, compile);

  const microBatches = function* (rows: readonly PairRow[]): Iterable<MicroBatch<Obs>> {
    for (const some of cutRows(rows, options.microBatchSize ?? rows.length)) {
      const texts = responsesOf(
        "dpo.update",
        some.map(({ pair }) => pair),
      );
      const decisions = layOut(texts);
      yield {
        ...decisions,
        columns: columnsOf(some, columnNames),
        ...(scoreReference && { referenceLogProbs: scoreReference(texts, decisions) }),
      };
    }
  };
  return createGradientLearner({
    name: "dpo",
    model: { policy },
    optimizer,
    compile,
    prepare: (batch: PreferenceBatch) => {
      const rows = pairRows("dpo.update", batch);
      checkMargins(rows, loss);
      return microBatches(rows);
    },
    loss: (micro: MicroBatch<Obs>) =>
      pairObjective(policy, loss as (inputs: PairInputs) => PairLosses, micro),
  });
};
