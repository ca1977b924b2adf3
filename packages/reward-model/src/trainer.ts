import { type Compile, type Learner, requireNumber, type TokenSequence } from "@accord-rl/core";
import { createGradientLearner, type OptimizerFactory } from "@accord-rl/learning";
import { type Columns, columnsOf, cutRows, type LossAndAuxiliary } from "@accord-rl/math";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { checkTexts } from "./checks.ts";
import { padTexts } from "./pad-texts.ts";
import type { RewardModel } from "./reward-model.ts";

export interface TrainerOptions {
  /** Made for the reward model's `parameters`. */
  readonly optimizer: OptimizerFactory;
  /** Examples in one forward pass; changes memory and speed, not the result. Default: the whole batch. */
  readonly microBatchSize?: number;
  /** Runs loss and gradients of a micro-batch as one call. Default: op by op. */
  readonly compile?: Compile;
}

/** What differs between kinds of feedback. A row is one checked example; shares of a batch add up to 1. */
export interface Objective<Example, Row extends Readonly<Record<Name, number>>, Name extends string> {
  readonly name: string;
  readonly rows: (batch: readonly Example[]) => readonly Row[];
  readonly texts: (rows: readonly Row[]) => readonly TokenSequence[];
  /** Which numbers of a row the loss needs. */
  readonly columns: readonly Name[];
  /** @param scores [number of texts]. The loss and its auxiliary are sums that add up over micro-batches. */
  readonly loss: (
    scores: Tensor1D,
    columns: Columns<Name>,
  ) => LossAndAuxiliary<Readonly<Record<string, Scalar>>>;
}

interface MicroBatch<Name extends string> {
  /** [n, L] int32. */
  readonly tokenIds: Tensor2D;
  /** [n, L] float32. */
  readonly tokenMask: Tensor2D;
  readonly columns: Columns<Name>;
}

/** A learner of an objective: one optimizer step per batch. Its state is the model's and the optimizer's. */
export const createTrainer = <Example, Row extends Readonly<Record<Name, number>>, Name extends string>(
  { name, rows: rowsOf, texts, columns, loss }: Objective<Example, Row, Name>,
  rewardModel: RewardModel,
  { optimizer, microBatchSize = Number.POSITIVE_INFINITY, compile }: TrainerOptions,
): Learner<readonly Example[]> => {
  if (!(microBatchSize >= 1)) {
    requireNumber(name, "microBatchSize", microBatchSize, [1, Number.POSITIVE_INFINITY]);
  }
  const microBatches = function* (rows: readonly Row[]): Iterable<MicroBatch<Name>> {
    for (const some of cutRows(rows, microBatchSize)) {
      const padded = padTexts(texts(some), { contextLength: rewardModel.contextLength, compile });
      yield { ...padded, columns: columnsOf(some, columns) };
    }
  };
  return createGradientLearner({
    name,
    model: { model: rewardModel },
    optimizer,
    compile,
    prepare: (batch: readonly Example[]) => {
      const rows = rowsOf(batch);
      checkTexts(`${name}.update`, texts(rows), rewardModel.contextLength);
      return microBatches(rows);
    },
    loss: (micro: MicroBatch<Name>) =>
      loss(rewardModel.forward(micro.tokenIds, micro.tokenMask), micro.columns),
  });
};
