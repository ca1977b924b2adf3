import { linear } from "@accord-rl/math";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { customOp } from "../layers/custom-op.ts";
import type { Multiply, Projections } from "../transformer/trunk.ts";
import type { Dropout } from "./dropout.ts";
import { joinDown, joinUp, type LoraAdapter, type LoraPair, pairsByParameter } from "./lora-adapter.ts";

/** The gradients of A and B, pair by pair. */
const pairGradients = (pairs: readonly LoraPair[], down: Tensor2D, up: Tensor2D): Tensor[] => {
  let column = 0;
  return pairs.flatMap(({ site, up: { shape }, scale }) => {
    const rank = shape[1];
    const dDown = pairs.length === 1 ? down : tf.slice(down, [column, 0], [rank, -1]);
    const block = tf.slice(up, [site.firstRow, column], [site.outputs, rank]);
    column += rank;
    return [dDown, tf.mul(block, scale)];
  });
};

/** A product with a matrix that stays as it is: nothing is kept for a gradient of it. */
const frozen =
  (multiply: Multiply): Multiply =>
  (x, weight, bias) =>
    customOp([x], {
      forward: () => multiply(x, weight, bias),
      backward: (dy) => [tf.matMul(dy as Tensor2D, weight.read(dy))],
    });

/**
 *   y = x · Wᵀ + b + drop(x) · Aᵀ · (scale · B)ᵀ
 *
 * Gradient flows to: x, A and B. Nothing is kept for W and b; of the adapter, drop(x) · Aᵀ.
 */
const adapted =
  (multiply: Multiply, pairs: readonly LoraPair[], dropout: Dropout): Multiply =>
  (x, weight, bias) =>
    customOp([x, ...pairs.flatMap(({ down, up }) => [down, up])], {
      forward: (save) => {
        const mask = dropout(x);
        const dropped = mask === undefined ? x : (tf.mul(x, mask) as Tensor2D);
        const inner = linear(dropped, joinDown(pairs)) as Tensor2D; // [N, R]
        save(dropped, inner, ...(mask === undefined ? [] : [mask]));
        return tf.add(multiply(x, weight, bias), linear(inner, joinUp(pairs, weight.shape[0])));
      },
      backward: (dy, saved) => {
        const [dropped, inner, mask] = saved as [Tensor2D, Tensor2D, Tensor2D?];
        const dInner = tf.matMul(dy as Tensor2D, joinUp(pairs, weight.shape[0])) as Tensor2D; // [N, R]
        const dDropped = tf.matMul(dInner, joinDown(pairs)); // [N, I]
        const dAdapter = mask === undefined ? dDropped : tf.mul(dDropped, mask);
        const dDown = tf.matMul(dInner, dropped, true) as Tensor2D; // [R, I]
        const dUp = tf.matMul(dy as Tensor2D, inner, true) as Tensor2D; // [O, R]
        return [
          tf.add(tf.matMul(dy as Tensor2D, weight.read(dy)), dAdapter),
          ...pairGradients(pairs, dDown, dUp),
        ];
      },
    });

/**
 * The base's projections with an adapter on them.
 * @see Hu et al. 2021, §4.1. https://arxiv.org/abs/2106.09685
 */
export const loraProjections = (base: Projections, adapter: LoraAdapter, dropout: Dropout): Projections => {
  const groups = pairsByParameter(adapter);
  return (multiply) => {
    const plain = base(frozen(multiply));
    const changed = new Map(
      [...groups].map(([name, pairs]) => [name, base(adapted(multiply, pairs, dropout))]),
    );
    return (x, name) => (changed.get(name) ?? plain)(x, name);
  };
};
