import * as tf from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native-backend.ts";

export const registeredVariables = (): tf.Variable[] => Object.values(tf.engine().registeredVariables ?? {});

/** The same values with data of their own. */
const copyData = (tensor: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.reshape(tf.tile(tf.reshape(tensor, [-1]), [1]), tensor.shape));

/**
 * Clones share their data until one of them changes, and data is what tells tensors apart here: a frozen copy of a
 * policy would stand in for the policy itself. So each variable gets data of its own before anything is recorded.
 */
export const separateVariables = (backend: NativeBackend): void => {
  for (const variable of registeredVariables()) {
    if (backend.refCount(variable.dataId) === 1) continue;
    const copy = copyData(variable);
    variable.assign(copy);
    copy.dispose();
  }
};

/** Arguments that share data with another one are copied: the next call's may differ. */
export const separateInputs = (inputs: readonly tf.Tensor[]): tf.Tensor[] => {
  const seen = new Set(registeredVariables().map((variable) => variable.dataId));
  return inputs.map((input) => {
    const separate = seen.has(input.dataId) ? copyData(input) : input;
    seen.add(separate.dataId);
    return separate;
  });
};
