import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { mapKinds, ofLayer } from "../config/layer-kinds.ts";
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
import { rotationAt } from "../layers/rotary.ts";
import { type DecoderParts, positionsOf } from "./decoder.ts";
import { type Attend, multiplyLinear, runTrunk } from "./trunk.ts";

/** Keys and values of each layer, by its number: [B · KV, P + T, size] each, of which the first part is filled. */
export type Cache = { readonly [layer: string]: { readonly keys: Tensor3D; readonly values: Tensor3D } };

/** What is known after reading. */
export type Reading = {
  /** [B, D] what follows the last token that was read. */
  readonly hidden: Tensor2D;
  readonly cache: Cache;
};

/** Prompts, and room for their continuation. */
export interface Prompts {
  readonly tokenIds: Tensor2D;
  readonly tokenMask: Tensor2D;
  /** [T] Only its shape counts: how many tokens will be read at most. */
  readonly room: Tensor1D;
}

export interface NextToken {
  /** [B] int32. */
  readonly tokens: Tensor1D;
  /** [B] int32: how many real tokens came before. */
  readonly positions: Tensor1D;
  /** Where the token goes in the cache, int32. */
  readonly place: Scalar;
  /** [B · KV, G, P + T] hides the padding of the prompts. */
  readonly bias: Tensor3D;
  readonly cache: Cache;
}

/** Reads the prompts into a cache that has room for the rest: its shape stays, so one recording serves every token. */
export const readPrompts = (parts: DecoderParts, { tokenIds, tokenMask, room }: Prompts): Reading => {
  const { config, parameters, tables } = parts;
  const [batch, length] = tokenIds.shape;
  const positions = tf.reshape(positionsOf(tokenMask), [-1]) as Tensor1D;
  const views = mapKinds(tables, ({ rotary, window }) => ({
    rotation: rotationAt(rotary, positions),
    bias: attentionBias(config, tokenMask, window),
  }));
  const cache: Record<string, Pick<Heads, "keys" | "values">> = {};
  const extend = (x: Tensor3D): Tensor3D =>
    tf.keep(
      tf.pad(x, [
        [0, 0],
        [0, room.size],
        [0, 0],
      ]),
    );
  const attend: Attend = (projected, index) => {
    const { rotation, bias } = ofLayer(views, config, index);
    const heads = splitHeads(config, projected, rotation, batch);
    cache[index] = { keys: extend(heads.keys), values: extend(heads.values) };
    return attentionContext(config, attentionProbabilities(heads, bias), heads.values, batch);
  };
  const all = runTrunk(config, parameters, embedTokens(parts, { ids: tokenIds, positions }, gatherRows), {
    attend,
    project: parts.projections(multiplyLinear),
  });
  const states = tf.reshape(all, [batch, length, config.width]);
  const hidden = tf.reshape(tf.slice(states, [0, length - 1, 0], [-1, 1, -1]), [batch, config.width]);
  return { hidden: hidden as Tensor2D, cache };
};

/** Reads one more token: its keys and values take their place in the cache, and what lies behind stays hidden. */
export const readNext = (
  parts: DecoderParts,
  { tokens, positions, place, bias, cache }: NextToken,
): Reading => {
  const { config, parameters, tables } = parts;
  const batch = tokens.shape[0];
  const length = bias.shape[2];
  const slots = tf.range(0, length, 1, "int32");
  const rows = tf.range(0, batch * config.keyValueHeads, 1, "int32");
  const here = tf.stack([rows, tf.fill(rows.shape, 0, "int32")], 1);
  const indices = tf.add(here, tf.mul(tf.tensor2d([[0, 1]], [1, 2], "int32"), place)); // [B · KV, 2]
  const isBehind = tf.reshape(tf.cast(tf.greater(slots, place), "float32"), [1, 1, length]);
  const hiding = tf.add(bias, tf.mul(isBehind, blocked)) as Tensor3D;
  const outside = (window: number) =>
    tf.mul(isBefore(tf.reshape(slots, [1, 1, length]), place, window), blocked);
  // What is written beyond the context is thrown away; its place in the tables has to exist.
  const last = tf.scalar(config.contextLength - 1, "int32");
  const known = tf.minimum(positions, last) as Tensor1D;
  const views = mapKinds(tables, ({ rotary, window }) => ({
    rotation: rotationAt(rotary, known),
    hiding: window === undefined ? hiding : (tf.add(hiding, outside(window)) as Tensor3D),
  }));
  const next: Record<string, Pick<Heads, "keys" | "values">> = {};
  const put = (past: Tensor3D, one: Tensor3D): Tensor3D =>
    tf.keep(tf.tensorScatterUpdate(past, indices, tf.squeeze(one, [1])) as Tensor3D);
  const attend: Attend = (projected, index) => {
    const { rotation, hiding } = ofLayer(views, config, index);
    const one = splitHeads(config, projected, rotation, batch);
    const past = cache[index] as Pick<Heads, "keys" | "values">;
    const keys = put(past.keys, one.keys);
    const values = put(past.values, one.values);
    next[index] = { keys, values };
    return attentionContext(config, attentionProbabilities({ ...one, keys, values }, hiding), values, batch);
  };
  const hidden = runTrunk(
    config,
    parameters,
    embedTokens(parts, { ids: tokens, positions: known }, gatherRows),
    {
      attend,
      project: parts.projections(multiplyLinear),
    },
  );
  return { hidden, cache: next };
};
