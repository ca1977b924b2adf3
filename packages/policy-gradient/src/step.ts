import type { Observations, Parameters, Policy } from "@accord-rl/core";
import { createStep, type OptimizerGroup } from "@accord-rl/learning";
import { type Numbers, type Packed, type Scalars, tokenMean, whiten } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Batch, type MicroBatch, microBatches, takeRows } from "./batch.ts";
import { type Loss, type ObjectiveSums, objective } from "./objective.ts";
import type { CommonOptions } from "./options.ts";
import type { PolicyGradientParts } from "./parts.ts";
import type { Prepared } from "./prepare.ts";
import { sftMixGradients } from "./sft-mix.ts";

/**
 * One optimizer step on some rows of a batch, as a function of tensors.
 *
 * @param rows     [n] int32; left out: all, as they are.
 * @param numbers  the optimizers', β where the KL stands in the loss, the algorithm's own, and limits: of
 *   `ratioDeviation` (|ρ − 1|) and of `approxKl` (nats per token).
 */
export type PolicyStep<Obs extends Observations> = (
  batch: Prepared<Obs>,
  numbers: Numbers,
  rows?: Tensor1D,
) => { readonly numbers: Packed };

/**
 * Makes the step of an on-policy algorithm: rows, whitening and weights of the minibatch, then `learning`'s step.
 */
export const createPolicyStep = <Obs extends Observations>({
  name,
  parts,
  loss,
  options,
  parameters,
  optimizers,
}: {
  readonly name: string;
  readonly parts: PolicyGradientParts<Obs, Policy<Obs>>;
  readonly loss: Loss;
  readonly options: CommonOptions;
  readonly parameters: Parameters;
  readonly optimizers: OptimizerGroup;
}): PolicyStep<Obs> => {
  const { policy, values, regularizer, sftMix, compile } = parts;
  const { whitening, aggregation, microBatchSize } = options;
  const lossRegularizer = regularizer?.placement === "loss" ? regularizer : undefined;
  const step = createStep<MicroBatch<Obs>, ObjectiveSums>({
    name,
    loss: (micro, numbers) => objective({ policy, values, lossRegularizer, loss, options }, micro, numbers),
    measure: ({ deviations, ...sums }) =>
      ({ ratioDeviation: tf.max<Scalar>(deviations), ...sums }) as Scalars,
    parameters,
    optimizers,
    compile,
  });

  return ({ metrics, ...batch }, numbers, rows) =>
    tf.tidy(() => {
      const whole = batch as unknown as Batch<Obs>;
      const minibatch = rows ? takeRows<Obs>(whole, rows) : whole;
      const { mask, advantages } = minibatch.columns;
      const columns =
        whitening?.scope === "minibatch"
          ? { ...minibatch.columns, advantages: whiten(advantages, mask, whitening) }
          : minibatch.columns;
      const cut = { weights: aggregation(mask), share: tokenMean(mask), size: microBatchSize };
      const mix = sftMix && sftMixGradients(sftMix, policy, parameters);
      const { numbers: measured } = step(microBatches<Obs>({ ...minibatch, columns }, cut), numbers, {
        measured: metrics,
        ...(mix && { gradients: mix.gradients, numbers: { sftLoss: mix.loss } }),
      });
      return { numbers: measured };
    });
};
