import {
  InvalidArgumentError,
  type Learner,
  type State,
  type Stats,
  type TokenSequence,
} from "@accord-rl/core";
import {
  accumulateGradients,
  assertFinite,
  globalNorm,
  type LossAndAuxiliary,
  type OptimizerFactory,
  padSequences,
} from "@accord-rl/math";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkTexts, type RewardModel } from "./reward-model.ts";
import { prefixed, withoutPrefix } from "./state.ts";

export interface TrainerOptions {
  /** Made for the reward model's `parameters`. */
  readonly optimizer: OptimizerFactory;
  /** Examples in one forward pass; changes memory and speed, not the result. Default: the whole batch. */
  readonly microBatchSize?: number;
}

/** What differs between kinds of feedback. A row is one checked example; shares of a batch add up to 1. */
export interface Objective<Example, Row> {
  readonly name: string;
  readonly rows: (batch: readonly Example[]) => readonly Row[];
  readonly texts: (rows: readonly Row[]) => readonly TokenSequence[];
  /** @param scores [number of texts]. The loss and its auxiliary are sums that add up over micro-batches. */
  readonly loss: (scores: Tensor1D, rows: readonly Row[]) => LossAndAuxiliary<Record<string, Scalar>>;
}

/** Throws unless a number lies between the limits. */
export const requireNumber = (
  where: string,
  argument: string,
  value: number,
  [low, high]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): number => {
  if (Number.isFinite(value) && value >= low && value <= high) return value;
  const limits = [
    ...(Number.isFinite(low) ? [`of at least ${low}`] : []),
    ...(Number.isFinite(high) ? [`of at most ${high}`] : []),
  ];
  throw new InvalidArgumentError({
    argument,
    value,
    message: `${where}: ${argument} is ${value}, expected a finite number ${limits.join(" and ")}`.trimEnd(),
  });
};

/** Each example's weight over the sum of weights. @throws InvalidArgumentError when there is nothing to learn from. */
export const shares = (where: string, examples: readonly { readonly weight?: number }[]): number[] => {
  const weights = examples.map(({ weight = 1 }, index) =>
    requireNumber(where, `batch[${index}].weight`, weight, [0, Number.POSITIVE_INFINITY]),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) {
    throw new InvalidArgumentError({
      argument: "batch",
      value: examples.length,
      message: `${where}: the batch has ${examples.length} examples of total weight 0, expected at least one that counts`,
    });
  }
  return weights.map((weight) => weight / total);
};

const cut = <Row>(rows: readonly Row[], size: number): readonly (readonly Row[])[] =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  );

/** A learner of an objective: one optimizer step per batch. Its state is the model's and the optimizer's. */
export const createTrainer = <Example, Row>(
  { name, rows: rowsOf, texts, loss }: Objective<Example, Row>,
  rewardModel: RewardModel,
  { optimizer: createOptimizer, microBatchSize = Number.POSITIVE_INFINITY }: TrainerOptions,
): Learner<readonly Example[]> => {
  if (!(microBatchSize >= 1))
    requireNumber(name, "microBatchSize", microBatchSize, [1, Number.POSITIVE_INFINITY]);
  const { parameters } = rewardModel;
  const optimizer = createOptimizer(parameters);

  const differentiate = (rows: readonly Row[]) =>
    accumulateGradients(
      (function* () {
        for (const some of cut(rows, Math.min(microBatchSize, rows.length))) {
          yield { rows: some, ...padSequences(texts(some), { side: "right" }) }; // [n, L]
        }
      })(),
      (micro) => loss(rewardModel.forward(micro.tokenIds, micro.tokenMask), micro.rows),
      parameters,
    );

  const update = async (batch: readonly Example[]): Promise<Stats> => {
    const rows = rowsOf(batch);
    checkTexts(`${name}.update`, texts(rows), rewardModel.contextLength);
    const { learningRate, step } = optimizer;
    const result = tf.tidy(() => {
      const { gradients, auxiliary, loss } = differentiate(rows);
      return { gradients, numbers: { loss, gradientNorm: globalNorm(gradients), ...auxiliary } };
    });
    try {
      const stats: Record<string, number> = { learningRate };
      for (const [quantity, scalar] of Object.entries(result.numbers)) {
        stats[quantity] = (await scalar.data())[0] as number;
      }
      for (const quantity of ["loss", "gradientNorm"]) {
        assertFinite(`${name}: ${quantity}`, stats[quantity] as number, {
          step,
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
      const kept = Object.values(parameters).map((variable) => variable.clone());
      try {
        rewardModel.restore({ tensors: withoutPrefix("model", tensors), json: saved.model ?? null });
        optimizer.restore({ tensors: withoutPrefix("optimizer", tensors), json: saved.optimizer ?? null });
      } catch (error) {
        for (const [index, variable] of Object.values(parameters).entries()) {
          variable.assign(kept[index] as never);
        }
        throw error;
      } finally {
        tf.dispose(kept);
      }
    },
    dispose: () => optimizer.dispose(),
  };
};
