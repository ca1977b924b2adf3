import type { Observations, Parameters, Policy } from "@accord-rl/core";
import {
  accumulateGradients,
  addGradients,
  type Coefficients,
  createGuardedUpdate,
  createPack,
  gradientStep,
  type OptimizerGroup,
  type Packed,
} from "@accord-rl/learning";
import { compileTree, largestFloat, tokenMean, whiten } from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Batch, type MicroBatch, microBatches, type Scheduled, takeRows } from "./batch.ts";
import { type Loss, objective } from "./objective.ts";
import type { CommonOptions } from "./options.ts";
import type { PolicyGradientParts } from "./parts.ts";
import { sftMixGradients } from "./sft-mix.ts";

/** What a step must not exceed, or it changes nothing; NaN exceeds everything, and infinity does in any number. */
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

/** What a step needs beside its batch. */
export interface StepInputs {
  /** [n] int32; left out: all, as they are. */
  readonly rows?: Tensor1D;
  readonly limits: Readonly<Record<keyof StepLimits, Scalar>>;
  readonly klCoefficient?: Scalar;
  readonly scheduled: Scheduled;
  readonly coefficients: Coefficients;
}

/** A batch with the numbers to log of it. Where one is not finite, no step is made. */
export type MeasuredBatch<Obs extends Observations> = Batch<Obs> & { readonly metrics: Tensor1D };

/** One optimizer step on some rows of a batch, which gives its numbers. */
export interface Step<Obs extends Observations> {
  /** @param indices  of the rows; left out: all, as they are. */
  take(batch: MeasuredBatch<Obs>, indices: readonly number[] | undefined, now: StepSettings): Packed;
  /** The same as a function of tensors, for a call with more in it. */
  trace(input: MeasuredBatch<Obs> & StepInputs): { readonly numbers: Tensor1D };
  /** What it needs then; the caller's to dispose of. */
  inputs(indices: readonly number[] | undefined, now: StepSettings): StepInputs;
  /** Of the numbers that were worked out last. */
  readonly names: readonly string[];
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
  readonly optimizers: OptimizerGroup;
}): Step<Obs> => {
  const { policy, values, regularizer, sftMix, compile } = parts;
  const { whitening, aggregation, microBatchSize } = options;
  const lossRegularizer = regularizer?.placement === "loss" ? regularizer : undefined;
  const objectiveGradients = gradientStep(
    (micro: MicroBatch<Obs>) => objective({ policy, values, lossRegularizer, loss, options }, micro),
    parameters,
    compile,
    `${name}.gradients`,
  );
  const change = createGuardedUpdate(optimizers, compile, `${name}.change`);
  const packing = createPack();
  const names = (): readonly string[] => [...packing.names, "gradientNorm"];

  const trace = ({
    rows,
    limits,
    klCoefficient,
    scheduled,
    coefficients,
    metrics,
    ...batch
  }: MeasuredBatch<Obs> & StepInputs): { numbers: Tensor1D } =>
    tf.tidy(() => {
      const whole = batch as unknown as Batch<Obs>;
      const minibatch = rows ? takeRows<Obs>(whole, rows) : whole;
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
      const scalars = { loss, ratioDeviation, ...sums, ...(mix && { sftLoss: mix.loss }) };
      const numbers = packing.pack(scalars as Record<string, Scalar>);
      const limited = packing.names.map(
        (name) => limits[name as keyof StepLimits] ?? tf.scalar(largestFloat),
      );
      const { gradientNorm } = change({
        measured: tf.concat1d([numbers, metrics]),
        limits: tf.concat1d([tf.stack(limited) as Tensor1D, tf.fill(metrics.shape, largestFloat)]),
        gradients: all,
        coefficients,
      });
      return { numbers: tf.concat1d([numbers, tf.reshape(gradientNorm, [1])]) };
    });
  const traceInOneCall = compileTree(trace, compile, `${name}.step`);
  const fitsInOneCall = (rows: number): boolean =>
    sftMix === undefined && (microBatchSize === null || rows <= microBatchSize);

  const inputs: Step<Obs>["inputs"] = (
    indices,
    { ratioDeviation = largestFloat, approxKl = largestFloat, scheduled },
  ) => ({
    ...(indices && { rows: tf.tensor1d(Int32Array.from(indices), "int32") }),
    limits: { ratioDeviation: tf.scalar(ratioDeviation), approxKl: tf.scalar(approxKl) },
    ...(lossRegularizer && { klCoefficient: tf.scalar(lossRegularizer.coefficient) }),
    scheduled: asScalars(scheduled),
    coefficients: optimizers.coefficients(),
  });

  return {
    take: (batch, indices, now) => {
      const step = fitsInOneCall(indices?.length ?? batch.columns.mask.shape[0]) ? traceInOneCall : trace;
      const { numbers } = tf.tidy(() => step({ ...batch, ...inputs(indices, now) }));
      return { names: names(), values: numbers };
    },
    trace,
    inputs,
    get names() {
      return names();
    },
  };
};
