import type { Random } from "@accord-rl/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** What x is multiplied by; undefined where nothing is dropped. @param x [N, I]. @returns [N, I] */
export type Dropout = (x: Tensor2D) => Tensor2D | undefined;

/** Nothing is dropped. */
export const noDropout: Dropout = () => undefined;

/** Whether a gradient is being computed: what is only evaluated is whole. */
const isLearning = (): boolean => tf.engine().state.gradientDepth > 0;

/**
 * Drops each number with probability `rate` while a gradient is computed, and scales the others by 1 / (1 − rate).
 *
 * The mask is drawn on the host: a compiled function refuses that, since it would drop the same numbers for ever.
 *
 * @see Srivastava et al. 2014. https://jmlr.org/papers/v15/srivastava14a.html
 */
export const dropInLearning = (rate: number, random: Random): Dropout =>
  rate === 0
    ? noDropout
    : (x) => {
        if (!isLearning()) return undefined;
        const kept = 1 / (1 - rate);
        const data = Float32Array.from({ length: x.size }, () => (random.uniform() < rate ? 0 : kept));
        return tf.tensor2d(data, x.shape);
      };
