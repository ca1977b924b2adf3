import {
  type Compile,
  InvalidArgumentError,
  type Learner,
  type State,
  type Stats,
  type TokenSequence,
} from "@accord-rl/core";
import {
  accumulateGradients,
  assertFinite,
  type Columns,
  columnsOf,
  cutRows,
  globalNorm,
  gradientStep,
  type LossAndAuxiliary,
  type OptimizerFactory,
  padSequences,
  requireNumber,
} from "@accord-rl/math";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkTexts } from "./checks.ts";
import type { RewardModel } from "./reward-model.ts";
import { prefixed, withoutPrefix } from "./state.ts";

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
  { optimizer: createOptimizer, microBatchSize = Number.POSITIVE_INFINITY, compile }: TrainerOptions,
): Learner<readonly Example[]> => {
  if (!(microBatchSize >= 1)) {
    requireNumber(name, "microBatchSize", microBatchSize, [1, Number.POSITIVE_INFINITY]);
  }
  const { parameters } = rewardModel;
  let optimizer = createOptimizer(parameters);
  const step = gradientStep(
    (micro: MicroBatch<Name>) => loss(rewardModel.forward(micro.tokenIds, micro.tokenMask), micro.columns),
    parameters,
    compile,
    `${name}.gradients`,
  );
  const microBatches = function* (rows: readonly Row[]): Iterable<MicroBatch<Name>> {
    for (const some of cutRows(rows, microBatchSize)) {
      yield { ...padSequences(texts(some), { side: "right" }), columns: columnsOf(some, columns) };
    }
  };

  const update = async (batch: readonly Example[]): Promise<Stats> => {
    const rows = rowsOf(batch);
    checkTexts(`${name}.update`, texts(rows), rewardModel.contextLength);
    const { learningRate, step: updates } = optimizer;
    const result = tf.tidy(() => {
      const { gradients, auxiliary, loss } = accumulateGradients(microBatches(rows), step);
      return { gradients, numbers: { loss, gradientNorm: globalNorm(gradients), ...auxiliary } };
    });
    try {
      const stats: Record<string, number> = { learningRate };
      for (const [quantity, scalar] of Object.entries(result.numbers)) {
        stats[quantity] = (await scalar.data())[0] as number;
      }
      for (const quantity of ["loss", "gradientNorm"]) {
        assertFinite(`${name}: ${quantity}`, stats[quantity] as number, {
          step: updates,
          hint: "Lower the learning rate, or clip gradients with maxGradientNorm.",
        });
      }
      optimizer.apply(result.gradients);
      return stats;
    } finally {
      tf.dispose(result);
    }
  };

  return {
    update,
    state: async (): Promise<State> => {
      const [model, moments] = [await rewardModel.state(), await optimizer.state()];
      return {
        tensors: { ...prefixed("model", model.tensors), ...prefixed("optimizer", moments.tensors) },
        json: { learner: name, model: model.json, optimizer: moments.json },
      };
    },
    restore: ({ tensors, json }) => {
      const saved = json as { learner?: string; model?: State["json"]; optimizer?: State["json"] } | null;
      if (saved?.learner !== name) {
        throw new InvalidArgumentError({
          argument: "state",
          value: json,
          message: `${name}.restore: the state is of ${JSON.stringify(saved?.learner ?? json)}, expected "${name}"`,
        });
      }
      // Into a new optimizer, so that nothing is changed when either part turns out to be wrong.
      const fresh = createOptimizer(parameters);
      try {
        fresh.restore({ tensors: withoutPrefix("optimizer", tensors), json: saved.optimizer ?? null });
        rewardModel.restore({ tensors: withoutPrefix("model", tensors), json: saved.model ?? null });
      } catch (error) {
        fresh.dispose();
        throw error;
      }
      optimizer.dispose();
      optimizer = fresh;
    },
    dispose: () => optimizer.dispose(),
  };
};
