import type {
  Backbone,
  Compile,
  Disposable,
  Parameters,
  Random,
  State,
  Stateful,
  TokenSequence,
  Trainable,
} from "@accord-rl/core";
import { InvalidArgumentError } from "@accord-rl/core";
import {
  assertFinite,
  checkShape,
  compileTree,
  linear,
  mergeParameters,
  parametersState,
  restoreParameters,
} from "@accord-rl/math";
import type { Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkTexts } from "./checks.ts";
import { padTexts } from "./pad-texts.ts";
import type { Pooling } from "./pooling.ts";
import { prefixed, withoutPrefix } from "./state.ts";

/** Gives a whole text one number. */
export interface RewardModel extends Trainable, Stateful, Disposable {
  /** What an optimizer may change: everything, or the head alone. */
  readonly parameters: Parameters;
  /** The most tokens a text can have. */
  readonly contextLength: number;
  /**
   * @param tokenIds   [B, L] int32. @param tokenMask  [B, L] float32, 1 = a real token.
   * @returns [B] scores. Gradient flows to the parameters. The caller owns it.
   */
  forward(tokenIds: Tensor2D, tokenMask: Tensor2D): Tensor1D;
  /** Scores of texts (prompt included) of any number and length, `batchSize` (default 16) at a time. */
  score(texts: readonly TokenSequence[], options?: { readonly batchSize?: number }): Promise<number[]>;
  /** From now on gives scale·score + shift. Takes no part in training. */
  rescale(scale: number, shift: number): void;
}

interface CommonOptions {
  /** The reward model owns it from here on: give it a clone of the SFT model. */
  readonly backbone: Backbone;
  /** `lastToken` or `meanPool`. */
  readonly pooling: Pooling;
  /** What training changes. Default "all". */
  readonly trainable?: "all" | "head";
  /** Runs scoring as one call. Default: op by op. */
  readonly compile?: Compile;
}

export type RewardModelOptions = CommonOptions &
  (
    | {
        /** Draws the head's first weights. */
        readonly random: Random;
        readonly headWeights?: never;
      }
    | {
        /** [D] the head's first weights, as `headOf` takes them from a classifier. */
        readonly headWeights: Float32Array;
        readonly random?: never;
      }
  );

/** The head's first weights. @throws InvalidArgumentError when those that are given have another size. */
const firstWeights = ({ backbone, headWeights, random }: RewardModelOptions): Float32Array => {
  const { width } = backbone;
  if (headWeights !== undefined) {
    if (headWeights.length === width) return headWeights;
    throw new InvalidArgumentError({
      argument: "headWeights",
      value: headWeights.length,
      message: `createRewardModel: headWeights has ${headWeights.length} numbers, expected ${width} as the backbone is wide`,
    });
  }
  const deviation = 1 / Math.sqrt(width + 1);
  return Float32Array.from({ length: width }, () => deviation * random.normal());
};

/**
 * A backbone with a scalar head: score = gain·(w · pooled) + bias.
 *
 * w starts normal with deviation 1/√(D + 1), or as it is given, gain at 1, bias at 0, all three trainable.
 *
 * @see Ziegler et al. 2019, §2.1. https://arxiv.org/abs/1909.08593
 */
export const createRewardModel = (options: RewardModelOptions): RewardModel => {
  const { backbone, pooling, trainable = "all", compile } = options;
  const { width, contextLength } = backbone;
  const weights = firstWeights(options);
  const head = {
    weight: tf.tidy(() => tf.variable(tf.tensor2d(weights, [1, width]))) as Variable<tf.Rank.R2>,
    gain: tf.tidy(() => tf.variable(tf.scalar(1))) as Variable<tf.Rank.R0>,
    bias: tf.tidy(() => tf.variable(tf.scalar(0))) as Variable<tf.Rank.R0>,
  };
  const parameters = mergeParameters(
    trainable === "all" ? { backbone: backbone.parameters, head } : { head },
  );

  const forward = (tokenIds: Tensor2D, tokenMask: Tensor2D): Tensor1D => {
    checkShape("RewardModel.forward", "tokenIds", tokenIds, ["B", "L"]);
    checkShape("RewardModel.forward", "tokenMask", tokenMask, tokenIds.shape, "same as tokenIds");
    return tf.tidy(() => {
      const pooled = pooling(backbone.hidden(tokenIds, tokenMask), tokenMask); // [B, D]
      const projected = tf.reshape(linear(pooled, head.weight as unknown as Tensor2D), [-1]); // [B]
      return tf.add(tf.mul(projected, head.gain), head.bias) as Tensor1D;
    });
  };

  const scoreBatch = compileTree(
    (batch: { readonly tokenIds: Tensor2D; readonly tokenMask: Tensor2D }) => ({
      scores: forward(batch.tokenIds, batch.tokenMask),
    }),
    compile,
    "rewardModel.score",
  );

  return {
    parameters,
    contextLength,
    forward,
    score: async (texts, { batchSize = 16 } = {}) => {
      checkTexts("RewardModel.score", texts, contextLength);
      const scores: number[] = [];
      for (let start = 0; start < texts.length; start += batchSize) {
        const some = texts.slice(start, start + batchSize);
        const rows = tf.tidy(() => scoreBatch(padTexts(some, { contextLength, compile })).scores); // [B]
        scores.push(...(await rows.data()));
        rows.dispose();
      }
      for (const [index, score] of scores.entries()) assertFinite(`the reward of text ${index}`, score);
      return scores;
    },
    rescale: (scale, shift) =>
      tf.tidy(() => {
        head.gain.assign(tf.mul(head.gain, scale));
        head.bias.assign(tf.add(tf.mul(head.bias, scale), shift));
      }),
    state: async (): Promise<State> => {
      const trunk = await backbone.state();
      return {
        tensors: { ...prefixed("backbone", trunk.tensors), ...prefixed("head", await parametersState(head)) },
        json: { backbone: trunk.json },
      };
    },
    restore: (state) => {
      const keptHead = Object.values(head).map((variable) => variable.clone());
      try {
        restoreParameters(head, withoutPrefix("head", state.tensors), "RewardModel.restore");
        const { backbone: json = null } = (state.json ?? {}) as { backbone?: State["json"] };
        backbone.restore({ tensors: withoutPrefix("backbone", state.tensors), json });
      } catch (error) {
        for (const [index, variable] of Object.values(head).entries()) {
          variable.assign(keptHead[index] as never);
        }
        throw error;
      } finally {
        tf.dispose(keptHead);
      }
    },
    dispose: () => {
      backbone.dispose();
      tf.dispose(head);
    },
  };
};
