/**
 * Kahneman-Tversky optimization: learning from single responses that are desirable or not.
 *
 * One update:
 * 1. z = max(0, mean of log π/π_ref over mismatched pairs), no gradient: response i + 1 under prompt i stands for what
 *    the policy might say there. Over the whole batch, whatever the micro-batches. A pair mixes two examples, so the
 *    mean does not use their weights.
 * 2. L = Σ w_i·loss_i / Σ w_i, and one optimizer step.
 *
 * @see Ethayarajh et al. 2024, §4.1. https://arxiv.org/abs/2402.01306
 */
import {
  InvalidArgumentError,
  type Learner,
  type Observations,
  type Policy,
  type ReferencePolicy,
  requireNumber,
  type TextObservations,
} from "@accord-rl/core";
import { createGradientLearner } from "@accord-rl/learning";
import { type Columns, columnsOf, cutRows, weightShares } from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ktoLoss } from "./kto-loss.ts";
import type { RatedResponse, RatedResponseBatch, UnpairedLoss } from "./loss-types.ts";
import { resolvePreferenceOptions } from "./options.ts";
import {
  createLayOut,
  createScorer,
  type LayOut,
  type LayOutPart,
  type LearnerParts,
  type ResponseDecisions,
  refuseRegularizer,
  scoreResponses,
} from "./responses.ts";

export type KtoParts<Obs extends Observations = TextObservations> = LearnerParts<Obs> & {
  /** Frozen. It stays the caller's to dispose of. */
  readonly reference: ReferencePolicy<Obs>;
  /** Default: `ktoLoss()`. */
  readonly loss?: UnpairedLoss;
} & LayOutPart<Obs>;

const columnNames = ["share", "probability", "desirableShare", "undesirableShare"] as const;
type Row = Readonly<Record<(typeof columnNames)[number], number>> & { readonly text: RatedResponse };

type MicroBatch<Obs extends Observations> = ResponseDecisions<Obs> & {
  readonly columns: Columns<(typeof columnNames)[number]>;
  readonly referenceLogProbs: Tensor1D;
  readonly klNats: Scalar;
};

const rowsOf = (batch: RatedResponseBatch): Row[] => {
  const where = "kto.update";
  requireNumber(where, "batch.length", batch.length, [2, Number.POSITIVE_INFINITY]);
  const shares = weightShares(where, batch);
  const probabilities = batch.map(({ desirable }, index) =>
    requireNumber(where, `batch[${index}].desirable`, Number(desirable), [0, 1]),
  );
  const desired = shares.reduce((sum, share, i) => sum + share * probabilities[i]!, 0);
  return batch.map((text, i) => {
    const [share, probability] = [shares[i]!, probabilities[i]!];
    return {
      text,
      share,
      probability,
      desirableShare: desired === 0 ? 0 : (share * probability) / desired,
      undesirableShare: desired === 1 ? 0 : (share * (1 - probability)) / (1 - desired),
    };
  });
};

/** Each prompt with the response to the next one. */
const mismatched = (rows: readonly Row[]): { tokens: number[]; completionStart: number }[] =>
  rows.map(({ text: { tokens, completionStart } }, i) => {
    const next = rows[(i + 1) % rows.length]!.text;
    const prompt = Array.from(tokens).slice(0, completionStart);
    return { tokens: [...prompt, ...Array.from(next.tokens).slice(next.completionStart)], completionStart };
  });

const ratedObjective = <Obs extends Observations>(
  policy: Policy<Obs>,
  loss: UnpairedLoss,
  { columns, referenceLogProbs, klNats, ...decisions }: MicroBatch<Obs>,
) => {
  const { share, probability, desirableShare, undesirableShare } = columns;
  const scores = scoreResponses(policy, decisions as unknown as ResponseDecisions<Obs>);
  const { losses, rewards } = loss({ ...scores, referenceLogProbs, probabilities: probability, klNats });
  const weigh = (x: Tensor, weights: Tensor): Scalar => tf.sum<Scalar>(tf.mul(x, weights));
  const desirableReward = weigh(rewards, desirableShare);
  const undesirableReward = weigh(rewards, undesirableShare);
  return {
    loss: weigh(losses, share),
    auxiliary: {
      klNats: weigh(klNats, share),
      margin: tf.sub<Scalar>(desirableReward, undesirableReward),
      desirableReward,
      undesirableReward,
    },
  };
};

/**
 * Builds a learner from single responses. `update` gives loss, klNats (z), margin, desirableReward, undesirableReward,
 * gradientNorm, learningRate.
 *
 * @throws InvalidArgumentError for a regularizer, a missing reference or an impossible option; and in `update` for a
 *   batch that can't be learned from, which changes nothing.
 */
export const createKto = <Obs extends Observations = TextObservations>(
  parts: KtoParts<Obs>,
): Learner<RatedResponseBatch> => {
  const { policy, reference, loss = ktoLoss(), optimizer, compile } = parts;
  refuseRegularizer("createKto", parts);
  if (!reference) {
    const message = `createKto: ${loss.title} compares the policy with a reference, expected one; usually a copy of the policy`;
    throw new InvalidArgumentError({ argument: "reference", value: reference, message });
  }
  const options = resolvePreferenceOptions("createKto", parts.options);
  const layOut = createLayOut(parts.layOut as LayOut<Obs> | undefined, options);
  const scorePolicy = createScorer(policy, compile, "kto.policy");
  const scoreReference = createScorer(reference, compile, "kto.reference");
  const cut = <T>(rows: readonly T[]) => cutRows(rows, options.microBatchSize ?? rows.length);

  const divergence = (rows: readonly Row[]): Scalar =>
    tf.tidy(() => {
      const sums = cut(mismatched(rows)).map((texts) =>
        tf.tidy(() => {
          const decisions = layOut(texts);
          return tf.sum(tf.sub(scorePolicy(decisions), scoreReference(decisions)));
        }),
      );
      return tf.relu(tf.div(tf.addN(sums), rows.length)) as Scalar;
    });

  const microBatches = function* (rows: readonly Row[]): Iterable<MicroBatch<Obs>> {
    const klNats = divergence(rows);
    for (const some of cut(rows)) {
      const decisions = layOut(
        some.map(({ text: { tokens, completionStart } }) => ({ tokens, completionStart })),
      );
      const referenceLogProbs = tf.tidy(() => scoreReference(decisions));
      yield { ...decisions, columns: columnsOf(some, columnNames), referenceLogProbs, klNats };
    }
  };
  return createGradientLearner({
    name: "kto",
    model: { policy },
    optimizer,
    compile,
    prepare: (batch: RatedResponseBatch) => microBatches(rowsOf(batch)),
    loss: (micro: MicroBatch<Obs>) => ratedObjective(policy, loss, micro),
  });
};
