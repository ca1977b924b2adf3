import * as tf from "@tensorflow/tfjs-core";
import type { Peer } from "./peer.ts";

/** What the machine gives to an engine: the measure for everything else in the same run. */
export interface Rates {
  /** 10⁹ floating-point operations a second of a float32 matrix product. */
  readonly matmulGflops: number;
  /** GB a second, read and written, of an elementwise negation: as fast as memory can be streamed. */
  readonly copyGigabytes: number;
}

export interface EngineRates {
  readonly ours: Rates;
  readonly peer: Rates;
}

/** Sizes for a CPU, whose memory allocators keep blocks of this size and need not clear them again. */
export const rateWork = { matmulSize: 1024, copyElements: 2 ** 22, tries: 15 };
/** Sizes that fill a GPU. */
export const gpuRateWork = { matmulSize: 8192, copyElements: 2 ** 27, tries: 7 };

const bestSeconds = async (step: () => tf.Tensor, tries: number): Promise<number> => {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= tries; i++) {
    const start = performance.now();
    const result = step();
    // One element forces the work to be over where an engine is asynchronous, without reading all of it.
    const probe = tf.tidy(() => tf.slice(tf.reshape(result, [-1]), 0, 1));
    await probe.data();
    const seconds = (performance.now() - start) / 1000;
    tf.dispose([result, probe]);
    if (i > 0) best = Math.min(best, seconds);
  }
  return best;
};

export const measureOurRates = async (work = rateWork): Promise<Rates> => {
  const { matmulSize: size, copyElements: elements, tries } = work;
  const left = tf.randomUniform([size, size]);
  const right = tf.randomUniform([size, size]);
  const long = tf.randomUniform([elements]);
  const matmulSeconds = await bestSeconds(() => tf.matMul(left, right), tries);
  const copySeconds = await bestSeconds(() => tf.neg(long), tries);
  tf.dispose([left, right, long]);
  return {
    matmulGflops: (2 * size ** 3) / matmulSeconds / 1e9,
    copyGigabytes: (8 * elements) / copySeconds / 1e9,
  };
};

export const measurePeerRates = (peer: Peer, work = rateWork): Promise<Rates> =>
  peer.request<Rates>("rates", work);
