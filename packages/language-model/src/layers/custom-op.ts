import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

export interface CustomOp {
  /** Not recorded. What `save` is given lives until the gradient was computed. */
  readonly forward: (save: (...tensors: Tensor[]) => void) => Tensor;
  /** One gradient per input. */
  readonly backward: (dy: Tensor, saved: Tensor[]) => Tensor[];
}

/** An op with its own gradient; what it makes on the way is freed at once, in both directions. */
export const customOp = <Result extends Tensor>(
  inputs: readonly Tensor[],
  { forward, backward }: CustomOp,
): Result =>
  tf.customGrad((...given) => {
    const save = given[inputs.length] as unknown as tf.GradSaveFunc;
    return {
      value: forward((...tensors) => save(tensors)),
      // The engine frees a forward pass, but keeps all that a custom gradient makes until the last one is done.
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.tidy(() => backward(dy, saved)),
    };
  })(...inputs) as Result;
