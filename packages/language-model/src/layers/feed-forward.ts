import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Curve, exactGelu, gelu, quickGelu, silu } from "./curves.ts";
import { customOp } from "./custom-op.ts";
import { splitParts } from "./split-parts.ts";

const halves = (x: Tensor2D): [Tensor2D, Tensor2D] => {
  const half = x.shape[1] / 2;
  return splitParts(x, [half, half], 1) as [Tensor2D, Tensor2D];
};

/**
 * A gated activation of the feed-forward part.
 *
 *   y = f(g) · u,   x = [g, u]
 *
 * Gradient flows to: x.
 *
 * @param x  [N, 2F] gate and up side by side
 * @returns [N, F]
 * @see Shazeer 2020, GLU variants improve transformer. https://arxiv.org/abs/2002.05202
 */
const gated =
  (curve: Curve) =>
  (x: Tensor2D): Tensor2D =>
    customOp([x], {
      forward: (save) => {
        const [gate, up] = halves(x);
        const inner = curve.inner(gate);
        save(x, inner);
        return tf.mul(curve.value(gate, inner), up);
      },
      backward: (dy, saved) => {
        const [gate, up] = halves(saved[0] as Tensor2D);
        const inner = saved[1] as Tensor2D;
        const value = curve.value(gate, inner);
        const slope = curve.slope(gate, inner, value);
        return [tf.concat([tf.mul(tf.mul(dy, up), slope), tf.mul(dy, value)], 1)];
      },
    });

/** silu(g) · u. @param x [N, 2F]. @returns [N, F] */
export const swiglu = gated(silu);

/** f(x), without a gate. Gradient flows to: x. @param x [N, F]. @returns [N, F] */
const plain =
  (curve: typeof gelu) =>
  (x: Tensor2D): Tensor2D =>
    customOp([x], {
      forward: (save) => {
        const inner = curve.inner(x);
        save(x, inner);
        return curve.value(x, inner);
      },
      backward: (dy, saved) => {
        const [x, inner] = saved as [Tensor2D, Tensor2D];
        return [tf.mul(dy, curve.slope(x, inner))];
      },
    });

/** gelu(g) · u. @param x [N, 2F]. @returns [N, F] */
export const geglu = gated(gelu);

/** gelu(x), without a gate. @param x [N, F]. @returns [N, F] */
export const plainGelu = plain(gelu);

/** The ways to compute gelu, with a gate and without one. */
export const gelus = {
  tanh: { geglu, gelu: plainGelu },
  exact: { geglu: gated(exactGelu), gelu: plain(exactGelu) },
  quick: { geglu: gated(quickGelu), gelu: plain(quickGelu) },
} as const;
