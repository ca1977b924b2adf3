import type { Observations, Parameters, Policy } from "@accord-rl/core";
import {
  accumulateGradients,
  addGradients,
  compileTree,
  createPack,
  type Gradients,
  globalNorm,
  gradientStep,
  largestFloat,
  type Packed,
  tokenMean,
  whiten,
} from "@accord-rl/math";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Batch, type MicroBatch, microBatches, type Scheduled, takeRows } from "./batch.ts";
import { type Loss, objective } from "./objective.ts";
import type { Coefficients, Optimizers } from "./optimizers.ts";
import type { CommonOptions } from "./options.ts";
import type { PolicyGradientParts } from "./parts.ts";
import { sftMixGradients } from "./sft-mix.ts";

/** What a step must not exceed, or it changes nothing; NaN exceeds everything. */
interface StepLimits {
  /** Of |ρ − 1|. Default: none. */
  readonly ratioDeviation?: number | undefined;
  /** Nats per token. Default: none. */
  readonly approxKl?: number | undefined;
}

export interface StepSettings extends StepLimits {
  /** The algorithm's own numbers of this update. */
  readonly scheduled: Readonly<Record<string, number>>;
}

const asScalars = (numbers: Readonly<Record<string, number>>): Scheduled =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]));

interface StepInput<Obs extends Observations> extends Batch<Obs> {
  /** [n] int32; left out: all, as they are. */
  readonly rows?: Tensor1D;
  /** Of loss, gradient norm, deviation and KL: [4]. */
  readonly limits: Tensor1D;
  readonly klCoefficient?: Scalar;
  readonly scheduled: Scheduled;
  readonly coefficients: Coefficients;
}

/** What an optimizer's step depends on. */
interface Change extends Pick<StepInput<Observations>, "limits" | "coefficients"> {
  readonly loss: Scalar;
  readonly ratioDeviation: Scalar;
  readonly approxKl: Tensor;
  readonly gradients: Gradients;
}

/**
 * One optimizer step on some rows of a batch, which gives its numbers. It is one compiled call, from the rows to the new
 * parameters, but where several micro-batches bound the memory or supervised text is mixed in.
 */
export const createStep = <Obs extends Observations>({
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
  readonly optimizers: Optimizers;
}): ((batch: Batch<Obs>, indices: readonly number[] | undefined, now: StepSettings) => Packed) => {
  const { policy, values, regularizer, sftMix, compile } = parts;
  const { whitening, aggregation, microBatchSize } = options;
  const lossRegularizer = regularizer?.placement === "loss" ? regularizer : undefined;
  const objectiveGradients = gradientStep(
    (micro: MicroBatch<Obs>) => objective({ policy, values, lossRegularizer, loss, options }, micro),
    parameters,
    compile,
    `${name}.gradients`,
  );
  const change = compileTree(
    ({ loss, ratioDeviation, approxKl, gradients, limits, coefficients }: Change) =>
      tf.tidy(() => {
        const gradientNorm = globalNorm(gradients);
        const checked = tf.abs(tf.stack([loss, gradientNorm, ratioDeviation, approxKl])); // [4]
        optimizers.update(coefficients, gradients, tf.all(tf.lessEqual(checked, limits)));
        return { gradientNorm };
      }),
    compile,
    `${name}.change`,
  );
  const packing = createPack();

  const take = ({ rows, limits, klCoefficient, scheduled, coefficients, ...batch }: StepInput<Obs>) =>
    tf.tidy(() => {
      const minibatch = rows ? takeRows<Obs>(batch, rows) : batch;
      const { mask, advantages } = minibatch.columns;
      const columns =
        whitening?.scope === "minibatch"
          ? { ...minibatch.columns, advantages: whiten(advantages, mask, whitening) }
          : minibatch.columns;
      const cut = { weights: aggregation(mask), share: tokenMean(mask), size: microBatchSize };
      const { loss, gradients, auxiliary } = accumulateGradients(
        microBatches<Obs>({ ...minibatch, columns }, cut, {
          scheduled,
          ...(klCoefficient && { klCoefficient }),
        }),
        objectiveGradients,
      );
      const mix = sftMix && sftMixGradients(sftMix, policy, parameters);
      const all = mix ? addGradients(gradients, mix.gradients) : gradients;
      const { deviations, ...sums } = auxiliary;
      const ratioDeviation = tf.max<Scalar>(deviations);
      const measured = { loss, ratioDeviation, approxKl: sums.approxKl ?? tf.zerosLike(loss) };
      const { gradientNorm } = change({ ...measured, gradients: all, limits, coefficients });
      const numbers = { loss, gradientNorm, ratioDeviation, ...sums, ...(mix && { sftLoss: mix.loss }) };
      return { numbers: packing.pack(numbers as Record<string, Scalar>) };
    });
  const takeInOneCall = compileTree(take, compile, `${name}.step`);
  const fitsInOneCall = (rows: number): boolean =>
    sftMix === undefined && (microBatchSize === null || rows <= microBatchSize);

  return (batch, indices, { ratioDeviation = largestFloat, approxKl = largestFloat, scheduled }) => {
    const step = fitsInOneCall(indices?.length ?? batch.columns.mask.shape[0]) ? takeInOneCall : take;
    const { numbers } = tf.tidy(() =>
      step({
        ...batch,
        ...(indices && { rows: tf.tensor1d(Int32Array.from(indices), "int32") }),
        limits: tf.tensor1d([largestFloat, largestFloat, ratioDeviation, approxKl]),
        ...(lossRegularizer && { klCoefficient: tf.scalar(lossRegularizer.coefficient) }),
        scheduled: asScalars(scheduled),
        coefficients: optimizers.coefficients(),
      }),
    );
    return { names: packing.names, values: numbers };
  };
};
