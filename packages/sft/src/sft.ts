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
  interpret,
  type LanguageModel,
  type Learner,
  type Stats,
  type TextBatch,
} from "@accord-rl/core";
import { createGradientLearner, type OptimizerFactory } from "@accord-rl/learning";
import { assertFinite, compileTree } from "@accord-rl/math";
import type { Scalar } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { learnedLogits, tokenLosses } from "./sft-loss.ts";
import { resolveSftOptions, type SftOptions } from "./sft-options.ts";
import { checkTextBatch, cutByTokens, learnedTokens, type TextTensors, textTensors } from "./text-batches.ts";

export interface SftParts {
  /** Trained. Stays the caller's to dispose of. */
  readonly model: LanguageModel;
  readonly optimizer: OptimizerFactory;
  /**
   * Makes one call of a step (of each micro-batch's gradient where there are several), and of each evaluation. Default:
   * `interpret`.
   */
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

/**
 * Builds supervised fine-tuning of a language model.
 *
 * @throws InvalidArgumentError for impossible options, here; and in `update` and `evaluate` for an empty batch, or an
 *   example that is too short, too long, or holds ids outside the vocabulary. Nothing is changed then.
 */
export const createSft = ({ model, optimizer, compile, options: given }: SftParts): Sft => {
  const { microBatchTokens, labelSmoothing } = resolveSftOptions(given);
  const isCompiled = compile !== undefined && compile !== interpret;
  const layout = { round: isCompiled ? roundedLength : 1, contextLength: model.contextLength };

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
  const microBatches = function* (batch: TextBatch, weight: number): Iterable<MicroBatch> {
    for (const part of cutByTokens(batch, microBatchTokens)) {
      yield { tensors: textTensors(part, layout), total: tf.scalar(weight) };
    }
  };
  const learner = createGradientLearner({
    name: "sft",
    model: { model },
    optimizer,
    compile,
    prepare: (batch: TextBatch) => microBatches(batch, totals(batch).weight),
    loss: (micro: MicroBatch) => {
      const { loss, nll } = lossOf(micro);
      return { loss, auxiliary: { nll } };
    },
  });

  const update = async (batch: TextBatch): Promise<Stats> => {
    const { loss, nll, gradientNorm, learningRate } = (await learner.update(batch)) as Record<string, number>;
    const { tokens } = totals(batch);
    return {
      loss: loss!,
      perplexity: Math.exp(nll!),
      gradientNorm: gradientNorm!,
      tokens,
      learningRate: learningRate!,
    };
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
    assertFinite("sft: loss", loss);
    return { loss, perplexity: Math.exp(loss), tokens };
  };

  return { ...learner, update, evaluate };
};
