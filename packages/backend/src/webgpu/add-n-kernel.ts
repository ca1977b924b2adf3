import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace-kernel.ts";

/** Tensors that one shader can add: WebGPU promises eight buffers, of which the sum takes one. */
const most = 7;

/**
 * Makes `tf.addN` add any number of tensors on WebGPU, some at a time: its own kernel binds them all, and beyond the
 * device's limit whatever was submitted along with it is silently lost.
 */
export const registerAddN = (): void =>
  replaceKernel(tf.AddN, "webgpu", (own) => ({ inputs, ...rest }) => {
    const add = (some: readonly tf.TensorInfo[]): tf.TensorInfo =>
      own({ inputs: some as unknown as tf.NamedTensorInfoMap, ...rest }) as tf.TensorInfo;
    const tensors = inputs as unknown as readonly tf.TensorInfo[];
    let sum = add(tensors.slice(0, most));
    for (let i = most; i < tensors.length; i += most - 1) {
      const before = sum;
      sum = add([before, ...tensors.slice(i, i + most - 1)]);
      (rest.backend as tf.KernelBackend).disposeData(before.dataId);
    }
    return sum;
  });
