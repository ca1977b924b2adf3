import { BackendUnavailableError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { MatmulPrecision } from "./native/tensorflow-options.ts";
import type { StartedBackend } from "./resolve-backend.ts";

/** Next to 1 in float32; 1 itself in bfloat16. */
const justAboveOne = 1 + 2 ** -12;
/** Large enough that no library takes a shortcut for small matrices. */
const size = 256;

/** How the current backend multiplies matrices: measured, since no library tells. */
export const measureMatmulPrecision = async (): Promise<MatmulPrecision> => {
  const product = tf.tidy(() =>
    tf.max(tf.matMul(tf.fill([size, size], justAboveOne), tf.eye(size) as tf.Tensor2D)),
  );
  const [value] = await product.data();
  product.dispose();
  return value === 1 ? "bfloat16" : "float32";
};

/**
 * Makes sure that a precision that was asked for is in effect.
 *
 * @throws BackendUnavailableError when the backend multiplies in the other one.
 */
export const requireMatmulPrecision = async (
  { name, description, tried }: StartedBackend,
  wanted: MatmulPrecision,
): Promise<void> => {
  const found = await measureMatmulPrecision();
  if (found === wanted) return;
  const advice =
    wanted === "bfloat16"
      ? "it takes native TensorFlow on a processor with AMX, in the main thread of a process that has not started it otherwise"
      : "start it in a new process, without ONEDNN_DEFAULT_FPMATH_MODE";
  throw new BackendUnavailableError({
    backend: name,
    tried,
    message: `startBackend: products in ${wanted} were asked for, and ${name} (${description}) multiplies in ${found}: ${advice}`,
  });
};
