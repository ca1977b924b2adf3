import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The same values, through which no gradient flows.
 *
 * The copy shares the data. Nothing before it is visited by the backward pass, so it costs nothing there; but where
 * a target can be computed outside the gradient's closure, that is simpler still.
 */
export const stopGradient = <T extends Tensor>(x: T): T =>
  // An op without inputs ends the tape: x is only captured.
  tf.customGrad(() => ({ value: tf.clone(x), gradFunc: () => [] }))() as T;
