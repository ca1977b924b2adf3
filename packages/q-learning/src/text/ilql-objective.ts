import type { Decisions, LanguageModel, Rollout, TextObservations } from "@accord-rl/core";
import { type LossAndAuxiliary, lambdaReturns, selectedLogProbs, stopGradient } from "@accord-rl/math";
import type { Scalar, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { IlqlHeads } from "./ilql-heads.ts";
import { ilqlLoss } from "./ilql-loss.ts";
import type { IlqlOptions } from "./ilql-options.ts";

/** What ILQL learns from: logged responses, or a part of them. */
export interface IlqlBatch {
  readonly observations: TextObservations;
  /** [N, T] each. */
  readonly columns: Pick<Rollout, "actions" | "rewards" | "valid" | "mask" | "terminated" | "truncated">;
  /** [N, T + 1, D] hidden states of s_0 … s_T of a frozen model; otherwise they are computed with gradient. */
  readonly states?: Tensor3D | undefined;
  /** [N, T] rows of the aggregation's weights. */
  readonly weights: Tensor2D;
  /** [N, T] mask / Σ mask over the whole batch, for metrics. */
  readonly share: Tensor2D;
}

export type IlqlSums = Readonly<
  Record<"tdLoss" | "valueLoss" | "conservativeLoss" | "policyLoss" | "qMean" | "valueMean", Scalar>
>;

/** Hidden states of s_0 … s_T: positions P − 1 … P + T − 1. @returns [N, T + 1, D]. */
export const statesOf = (
  model: LanguageModel,
  { observations: { tokenIds, tokenMask }, actions }: Decisions<TextObservations>,
): Tensor3D =>
  tf.tidy(() => {
    const count = actions.shape[1] + 1;
    return tf.slice(model.hidden(tokenIds, tokenMask), [0, tokenIds.shape[1] - count, 0], [-1, count, -1]);
  });

/**
 * What ILQL minimises: Σ w·L, with L of `ilqlLoss`.
 *
 * Only Q of the tokens that were said is looked up, but for the conservative term, which needs log Σ exp Q over all.
 */
export const ilqlObjective = (
  { model, heads, options }: { model: LanguageModel; heads: IlqlHeads; options: IlqlOptions },
  { observations, columns, states, weights, share }: IlqlBatch,
): LossAndAuxiliary<IlqlSums> => {
  const { actions } = columns;
  const [N, T] = actions.shape;
  const { discount, gaeLambda, conservativeWeight, policyWeight, trainModel } = options;
  const all = states ?? statesOf(model, { observations, actions }); // [N, T + 1, D]
  const before = tf.slice(all, [0, 0, 0], [N, T, -1]); // [N, T, D]

  const allValues = heads.values(all) as Tensor2D; // [N, T + 1]
  const values = tf.slice(allValues, [0, 0], [N, T]);
  const baseline = stopGradient(values);
  const nextValues = stopGradient(tf.slice(allValues, [0, 1], [N, T]));
  const returns = lambdaReturns(
    { ...columns, values: baseline, nextValues: tf.mul(nextValues, columns.valid) as Tensor2D },
    { discount, gaeLambda },
  ); // [N, T]

  const targetQ = stopGradient(heads.targets(before, actions)) as Tensor2D;
  const online = heads.evaluate(before, actions, conservativeWeight > 0 ? selectedLogProbs : undefined);
  const losses = ilqlLoss(
    {
      q: online.map(({ q }) => q as Tensor2D),
      qLogShares: online.flatMap(({ logShare }) => (logShare === undefined ? [] : [logShare as Tensor2D])),
      values,
      returns,
      targetQ,
      baseline,
      logProbs:
        trainModel && policyWeight > 0
          ? (selectedLogProbs(model.logits(before), actions) as Tensor2D)
          : undefined,
    },
    options,
  );
  const sum = (x: Tensor2D, by: Tensor2D): Scalar => tf.sum(tf.mul(x, by));
  return {
    loss: sum(losses.loss, weights),
    auxiliary: {
      tdLoss: sum(losses.tdLoss, weights),
      valueLoss: sum(losses.valueLoss, weights),
      conservativeLoss: sum(losses.conservativeLoss, weights),
      policyLoss: sum(losses.policyLoss, weights),
      qMean: sum(targetQ, share),
      valueMean: sum(baseline, share),
    },
  };
};
