/**
 * Supervised fine-tuning: maximum likelihood of the completions.
 *
 *   L = Σ_k w_k·loss_k / Σ_k w_k   over all learned tokens k of the batch
 *
 * A token mean: long completions count more than short ones, by their tokens. One optimizer step per `update`, however
 * many micro-batches it is computed in.
 */
import {
  type Compile,
  InvalidArgumentError,
  interpret,
  type Json,
  joinStates,
  type LanguageModel,
  type Learner,
  type Stats,
  splitState,
  type TextBatch,
} from "@accord-rl/core";
import {
  accumulateGradients,
  assertFinite,
  compileTree,
  globalNorm,
  gradientStep,
  type OptimizerFactory,
} from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { learnedLogits, tokenLosses } from "./sft-loss.ts";
import { resolveSftOptions, type SftOptions } from "./sft-options.ts";
import { checkTextBatch, cutByTokens, learnedTokens, type TextTensors, textTensors } from "./text-batches.ts";

export interface SftParts {
  /** Trained. Stays the caller's to dispose of. */
  readonly model: LanguageModel;
  readonly optimizer: OptimizerFactory;
  /** Makes one call of each gradient and each evaluation; give it to the optimizer too. Default: `interpret`. */
  readonly compile?: Compile;
  readonly options?: Partial<SftOptions>;
}

export interface Sft extends Learner<TextBatch> {
  /** Loss (without smoothing) and perplexity of a batch; learns nothing. */
  evaluate(batch: TextBatch): Promise<Stats>;
}

/** A part of a batch, and the weight of the whole. */
type MicroBatch = { readonly tensors: TextTensors; readonly total: Scalar };

/** Compiled shapes come in steps of this many tokens. */
const roundedLength = 16;

const readUpdates = (json: Json): number => {
  const updates = (json as { updates?: unknown } | null)?.updates;
  if (Number.isSafeInteger(updates) && (updates as number) >= 0) return updates as number;
  const message = `sft.restore: updates is ${String(updates)}, expected an integer of 0 or more`;
  throw new InvalidArgumentError({ argument: "state", value: json, message });
};

/**
 * Builds supervised fine-tuning of a language model.
 *
 * @throws InvalidArgumentError for impossible options, here; and in `update` and `evaluate` for an empty batch, or an
 *   example that is too short, too long, or holds ids outside the vocabulary. Nothing is changed then.
 */
export const createSft = ({ model, optimizer: makeOptimizer, compile, options: given }: SftParts): Sft => {
  const { microBatchTokens, labelSmoothing } = resolveSftOptions(given);
  const isCompiled = compile !== undefined && compile !== interpret;
  const layout = { round: isCompiled ? roundedLength : 1, contextLength: model.contextLength };
  let optimizer = makeOptimizer(model.parameters);
  let updates = 0;

  /** Σ w_k over the whole batch, and its learned tokens. */
  const totals = (batch: TextBatch): { weight: number; tokens: number } => {
    checkTextBatch(batch, model);
    const counts = batch.map((example) => ({ tokens: learnedTokens(example), weight: example.weight ?? 1 }));
    return {
      weight: counts.reduce((sum, { tokens, weight }) => sum + tokens * weight, 0),
      tokens: counts.reduce((sum, { tokens }) => sum + tokens, 0),
    };
  };

  /** The part of a micro-batch in the batch's loss. */
  const lossOf = ({ tensors, total }: MicroBatch): { loss: Scalar; nll: Scalar } => {
    const { loss, nll } = tokenLosses(learnedLogits(model, tensors), tensors.targets, { labelSmoothing });
    const weights = tf.div(tensors.weights, total); // [K]
    return { loss: tf.sum(tf.mul(loss, weights)), nll: tf.sum(tf.mul(nll, weights)) };
  };
  const nllOf = compileTree(
    (micro: MicroBatch) => ({ nll: tf.tidy(() => lossOf(micro).nll) }),
    compile,
    "sft.nll",
  );
  const lossGradients = gradientStep(
    (micro: MicroBatch) => {
      const { loss, nll } = lossOf(micro);
      return { loss, auxiliary: { nll } };
    },
    model.parameters,
    compile,
    "sft.gradients",
  );

  const update = async (batch: TextBatch): Promise<Stats> => {
    const { weight, tokens } = totals(batch);
    const { gradients, numbers } = tf.tidy(() => {
      const parts = cutByTokens(batch, microBatchTokens);
      const { loss, gradients, auxiliary } = accumulateGradients(
        parts.map((part) => ({ tensors: textTensors(part, layout), total: tf.scalar(weight) })),
        lossGradients,
      );
      return { gradients, numbers: tf.stack([loss, auxiliary.nll, globalNorm(gradients)]) };
    });
    try {
      const [loss, nll, gradientNorm] = (await numbers.data()) as unknown as [number, number, number];
      for (const [name, value] of Object.entries({ loss, gradientNorm })) {
        const hint = "Lower the learning rate, or bound the gradient's norm; go on from the last checkpoint.";
        assertFinite(`sft: ${name}`, value, { step: updates, hint });
      }
      const { learningRate } = optimizer;
      optimizer.apply(gradients);
      updates += 1;
      return { loss, perplexity: Math.exp(nll), gradientNorm, tokens, learningRate };
    } finally {
      tf.dispose([gradients, numbers]);
    }
  };

  const evaluate = async (batch: TextBatch): Promise<Stats> => {
    const { weight, tokens } = totals(batch);
    const total = tf.tidy(() =>
      cutByTokens(batch, microBatchTokens)
        .map((part) =>
          tf.tidy(() => nllOf({ tensors: textTensors(part, layout), total: tf.scalar(weight) }).nll),
        )
        .reduce((sum, part) => tf.add(sum, part)),
    );
    const [loss] = (await total.data()) as unknown as [number];
    total.dispose();
    assertFinite("sft: loss", loss, { step: updates });
    return { loss, perplexity: Math.exp(loss), tokens };
  };

  return {
    update,
    evaluate,
    state: async () =>
      joinStates({
        model: await model.state(),
        optimizer: await optimizer.state(),
        sft: { tensors: {}, json: { updates } },
      }),
    restore: (state) => {
      const parts = splitState(state, ["model", "optimizer", "sft"], "sft.restore");
      const restored = readUpdates(parts.sft.json);
      // Into a new optimizer, so that nothing is changed when the model's part turns out to be wrong.
      const fresh = makeOptimizer(model.parameters);
      try {
        fresh.restore(parts.optimizer);
        model.restore(parts.model);
      } catch (error) {
        fresh.dispose();
        throw error;
      }
      optimizer.dispose();
      optimizer = fresh;
      updates = restored;
    },
    dispose: () => optimizer.dispose(),
  };
};
