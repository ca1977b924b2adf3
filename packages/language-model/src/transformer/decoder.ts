import type { Disposable, Parameters } from "@accord-rl/core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { mapKinds, ofLayer } from "../config/layer-kinds.ts";
import { headSizes, type TransformerConfig } from "../config/transformer-config.ts";
import {
  attentionBias,
  attentionContext,
  attentionProbabilities,
  blocked,
  type Heads,
  isBefore,
  splitHeads,
} from "../layers/attention.ts";
import { embedTokens, gatherRows } from "../layers/embed-tokens.ts";
import type { LayerTables } from "../layers/layer-tables.ts";
import { rotationAt } from "../layers/rotary.ts";
import type { Weight, Weights } from "../weights/weight.ts";
import { type Attend, multiplyLinear, type Projections, runTrunk } from "./trunk.ts";

/** Continues a batch of texts token by token; keeps the keys and values of what was read. */
export interface Decoder extends Disposable {
  /** [B, D] what follows the last token that was read. Valid until the next `step`; owned by the decoder. */
  readonly hidden: Tensor2D;
  /** Reads one more token of each text. @param tokens [B] int32. */
  step(tokens: Tensor1D): void;
  /** @param hidden [B, D]. @returns [B, V], owned by the caller. */
  logits(hidden: Tensor2D): Tensor2D;
}

/** What a decoder needs of a model. */
export interface DecoderParts {
  readonly config: TransformerConfig;
  readonly parameters: Parameters;
  readonly tables: LayerTables;
  readonly weights: Weights;
  readonly projections: Projections;
}

/** What turns states into logits. [V, D]. */
export const outputWeight = ({ config, weights }: Pick<DecoderParts, "config" | "weights">): Weight =>
  weights(config.tiedOutput ? "embedding" : "output");

/** [B, L] mask → [B, L] int32: how many real tokens came before. */
export const positionsOf = (tokenMask: Tensor2D): Tensor2D =>
  tf.cast(tf.maximum(tf.sub(tf.cumsum(tokenMask, 1), 1), 0), "int32") as Tensor2D;

/** What hides the padding of the prompts from the tokens that follow. @returns [B · KV, G, P] */
export const promptBias = (config: TransformerConfig, tokenMask: Tensor2D): Tensor3D =>
  tf.tidy(() => {
    const [batch, length] = tokenMask.shape;
    const { keyValueHeads, heads } = config;
    const hidden = tf.mul(tf.reshape(tf.sub(1, tokenMask), [batch, 1, length]), blocked);
    const perHead = tf.tile(hidden, [1, heads, 1]);
    return tf.reshape(perHead, [batch * keyValueHeads, headSizes(config).groupSize, length]) as Tensor3D;
  });

/** Hides what stands before the window of the token at `place`. @returns [1, 1, place + 1] */
const windowBias = (place: number, window: number): Tensor3D => {
  const slots = tf.reshape(tf.range(0, place + 1), [1, 1, place + 1]);
  return tf.mul(isBefore(slots, tf.scalar(place), window), blocked);
};

/**
 * Reads prompts and stands ready to continue them. No gradient.
 *
 * @param prompts.tokenIds   [B, P] int32, padded on the left
 * @param prompts.tokenMask  [B, P] float32
 */
export const createDecoder = (
  parts: DecoderParts,
  { tokenIds, tokenMask }: { tokenIds: Tensor2D; tokenMask: Tensor2D },
): Decoder => {
  const [batch, promptLength] = tokenIds.shape;
  const { config, parameters, tables } = parts;
  const { width, layers } = config;
  const embed = (ids: tf.Tensor, positions: tf.Tensor) => embedTokens(parts, { ids, positions }, gatherRows);
  const project = parts.projections(multiplyLinear);

  const cache: { keys: Tensor3D; values: Tensor3D }[] = [];
  const remember = (index: number, { keys, values }: Heads) => {
    tf.dispose(cache[index]);
    cache[index] = { keys: tf.keep(keys), values: tf.keep(values) };
  };

  /** [B] position of the next token, and what hides the padding of the prompts. */
  const { nextPositions, paddingBias } = tf.tidy(() => ({
    nextPositions: tf.keep(tf.cast(tf.sum(tokenMask, 1), "int32")) as Tensor1D,
    paddingBias: tf.keep(promptBias(config, tokenMask)),
  }));

  const readPrompts = (): Tensor2D =>
    tf.tidy(() => {
      const positions = tf.reshape(positionsOf(tokenMask), [-1]) as Tensor1D;
      const views = mapKinds(tables, ({ rotary, window }) => ({
        rotation: rotationAt(rotary, positions),
        bias: attentionBias(config, tokenMask, window),
      }));
      const attend: Attend = (projected, index) => {
        const { rotation, bias } = ofLayer(views, config, index);
        const split = splitHeads(config, projected, rotation, batch);
        remember(index, split);
        return attentionContext(config, attentionProbabilities(split, bias), split.values, batch);
      };
      const all = runTrunk(config, parameters, embed(tokenIds, positions), { attend, project });
      const last = tf.slice(tf.reshape(all, [batch, promptLength, width]), [0, promptLength - 1, 0]);
      return tf.keep(tf.reshape(last, [batch, width])) as Tensor2D;
    });

  const readNext = (tokens: Tensor1D, count: number): Tensor2D =>
    tf.tidy(() => {
      const positions = tf.add(nextPositions, tf.scalar(count, "int32")) as Tensor1D;
      const bias = tf.pad(paddingBias, [
        [0, 0],
        [0, 0],
        [0, count + 1],
      ]);
      const views = mapKinds(tables, ({ rotary, window }) => ({
        rotation: rotationAt(rotary, positions),
        bias:
          window === undefined ? bias : (tf.add(bias, windowBias(promptLength + count, window)) as Tensor3D),
      }));
      const attend: Attend = (projected, index) => {
        const { rotation, bias } = ofLayer(views, config, index);
        const one = splitHeads(config, projected, rotation, batch);
        const past = cache[index] as { keys: Tensor3D; values: Tensor3D };
        const keys = tf.concat([past.keys, one.keys], 1);
        const values = tf.concat([past.values, one.values], 1);
        const whole = { queries: one.queries, keys, values };
        remember(index, whole);
        return attentionContext(config, attentionProbabilities(whole, bias), values, batch);
      };
      return tf.keep(runTrunk(config, parameters, embed(tokens, positions), { attend, project }));
    });

  let hidden = readPrompts();
  let count = 0;
  return {
    get hidden() {
      return hidden;
    },
    step: (tokens) => {
      const next = readNext(tokens, count++);
      hidden.dispose();
      hidden = next;
    },
    logits: (x) => tf.tidy(() => multiplyLinear(x, outputWeight(parts))),
    dispose: () => {
      tf.dispose([hidden, nextPositions, paddingBias]);
      for (let i = 0; i < layers; i++) tf.dispose(cache[i]);
    },
  };
};
