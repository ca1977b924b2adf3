import * as tf from "@tensorflow/tfjs-core";

/** What is used here of the backend of tfjs-backend-webgpu. */
interface WebGpuBackend {
  readonly device: { destroy(): void };
}

/**
 * Lets a program on WebGPU end, when it is done with tensors: as long as Dawn has a device, Node does not end by itself,
 * and is busy with looking after it. On other backends nothing happens.
 */
export const stopBackend = (): void => {
  const backend = tf.findBackend("webgpu") as unknown as WebGpuBackend | null;
  if (backend === null) return;
  tf.removeBackend("webgpu");
  backend.device.destroy();
};
