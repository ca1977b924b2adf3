import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

type NamedTensors = Record<string, Tensor>;

export interface OpDefinition {
  /** Engine-wide name, "Accord…". */
  readonly name: string;
  /** Not differentiated: nothing in it is recorded. All outputs but the first are only there for the gradient. */
  readonly forward: (inputs: NamedTensors) => Tensor[];
  readonly savedInputs: readonly string[];
  /** One flag per output. */
  readonly savedOutputs: readonly boolean[];
  /**
   * One function per input that has a gradient; only those that are needed get called.
   *
   * @param dy     gradient with respect to the first output.
   * @param saved  the saved inputs, then the saved outputs.
   */
  readonly gradient: (dy: Tensor, saved: Tensor[]) => Record<string, () => Tensor>;
}

/**
 * An op with its own gradient.
 *
 * `tf.customGrad` computes the gradients of all inputs, needed or not; a registered kernel computes only those that
 * lead to a variable, so a frozen weight costs nothing.
 */
export const defineOp = ({ name, forward, savedInputs, savedOutputs, gradient }: OpDefinition) => {
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...savedInputs],
    outputsToSave: [...savedOutputs],
    gradFunc: (dy, saved) => gradient(Array.isArray(dy) ? (dy[0] as Tensor) : dy, saved),
  });
  const register = (backendName: string) => {
    if (tf.getKernel(name, backendName) !== undefined) return;
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs }) => tf.tidy(() => forward(inputs as NamedTensors)),
    });
  };
  return (inputs: NamedTensors): Tensor =>
    tf.tidy(() => {
      // The first use may be what starts the backend; getBackend alone would give an empty name then.
      tf.backend();
      register(tf.getBackend());
      return tf.engine().runKernel<Tensor[]>(name, inputs)[0] as Tensor;
    });
};
