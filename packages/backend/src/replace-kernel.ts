import * as tf from "@tensorflow/tfjs-core";

/** Lets a backend compute an operation by another function, which is given the one of before. */
export const replaceKernel = (
  name: string,
  backendName: string,
  replace: (own: tf.KernelFunc) => tf.KernelFunc,
): void => {
  const own = tf.getKernel(name, backendName);
  tf.unregisterKernel(name, backendName);
  tf.registerKernel({ ...own, kernelFunc: replace(own.kernelFunc) });
};
