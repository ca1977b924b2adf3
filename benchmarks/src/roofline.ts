import type { Rates } from "./rates.ts";

/** The least that a part has to do, whoever does it: each weight read once a pass, each result written once. */
export interface Work {
  /** Floating-point operations. */
  readonly flops: number;
  /** Bytes read and written. */
  readonly bytes: number;
}

export interface Roofline extends Work {
  /** Seconds if only the arithmetic counted, at the rate of this engine's matrix products. */
  readonly arithmeticSeconds: number;
  /** Seconds if only the memory counted, at the rate of this engine's copies. */
  readonly memorySeconds: number;
  readonly seconds: number;
  /** The larger bound / what was measured. */
  readonly share: number;
  /** What the time is spent on: the larger bound, or neither where it explains less than a third of the time. */
  readonly limit: "arithmetic" | "memory" | "calls and small operations";
}

/** Below this share of the time, the bound is not what limits. */
const explained = 1 / 3;

/** @see Williams, Waterman and Patterson 2009, Roofline. https://doi.org/10.1145/1498765.1498785 */
export const rooflineOf = ({ flops, bytes }: Work, seconds: number, rates: Rates): Roofline => {
  const arithmeticSeconds = flops / (rates.matmulGflops * 1e9);
  const memorySeconds = bytes / (rates.copyGigabytes * 1e9);
  const share = Math.max(arithmeticSeconds, memorySeconds) / seconds;
  const bound = arithmeticSeconds >= memorySeconds ? "arithmetic" : "memory";
  const limit = share < explained ? "calls and small operations" : bound;
  return { flops, bytes, arithmeticSeconds, memorySeconds, seconds, share, limit };
};

export const sumWork = (...parts: readonly Work[]): Work => ({
  flops: parts.reduce((sum, { flops }) => sum + flops, 0),
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
});

export const scaleWork = ({ flops, bytes }: Work, factor: number): Work => ({
  flops: flops * factor,
  bytes: bytes * factor,
});
