import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Trainable } from "./policy.ts";
import type { Disposable, Stateful } from "./stateful.ts";

/** Q(s, ·) over A discrete actions, trainable. */
export interface QFunction extends Trainable, Stateful, Disposable {
  /** A. */
  readonly actions: number;
  /** @param observations [N, …]. @returns [N, A]. Gradient flows to the parameters. The caller owns it. */
  values(observations: Tensor): Tensor2D;
  /**
   * The same without tensors, to 1e-5, where that is faster: a small network that acts on few observations.
   *
   * @param observations [N, …] row-major, only read. @param size N. @returns [N × A], owned by the caller.
   */
  valuesOnHost?(observations: Float32Array, size: number): Float32Array;
  /** A copy with its own parameters. */
  clone(): QFunction;
}

/** The whole distribution of the return Z(s, a); `values` gives its expectation. */
export interface DistributionalQFunction extends QFunction {
  /** K: numbers per action. */
  readonly outcomes: number;
  /** @returns [N, A, K]. Gradient flows to the parameters. The caller owns it. */
  distributions(observations: Tensor): Tensor3D;
  /** E Z. @param distributions [..., A, K]. @returns [..., A]. */
  expectations(distributions: Tensor): Tensor;
  clone(): DistributionalQFunction;
}

/** K quantiles of Z(s, a), those at τ_i = (i + ½)/K. */
export interface QuantileQFunction extends DistributionalQFunction {
  readonly kind: "quantiles";
  clone(): QuantileQFunction;
}

/** Unnormalised log-probabilities of K outcomes that lie evenly from `minimum` to `maximum`. */
export interface CategoricalQFunction extends DistributionalQFunction {
  readonly kind: "categories";
  readonly minimum: number;
  readonly maximum: number;
  clone(): CategoricalQFunction;
}
