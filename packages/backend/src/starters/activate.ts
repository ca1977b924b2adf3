import { AccordError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";

/** Makes a registered backend the current one and waits until it is ready. */
export const activate = async (name: string): Promise<void> => {
  const started = await tf.setBackend(name);
  if (!started) throw new AccordError(`TensorFlow.js can't initialise its backend "${name}"`);
  await tf.ready();
};
