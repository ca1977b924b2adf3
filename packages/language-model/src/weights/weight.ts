import type { Parameters } from "@accord-rl/core";
import { linear } from "@accord-rl/math";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** Rows of a table: math's `embedding` where a gradient flows, `tf.gather` elsewhere. */
export type LookUp = (table: Tensor2D, ids: Tensor1D) => Tensor;

/** A matrix of a model, however it lies in memory. */
export interface Weight {
  /** [O, I] */
  readonly shape: readonly [number, number];
  /** The matrix, [O, I] float32. @param input  what it is wanted for: a graph unpacks nothing before that is there. */
  read(input: Tensor): Tensor2D;
  /** x · matrixᵀ + bias, maybe of some rows at a time. @param x [..., I]. @returns [..., O] */
  multiply(x: Tensor, bias?: Tensor1D): Tensor;
  /** @param ids [N] int32. @returns [N, I] */
  rows(ids: Tensor1D, lookUp: LookUp): Tensor2D;
}

/** The matrix of this name. */
export type Weights = (name: string) => Weight;

/** What is held as float32. */
export const plainWeights =
  (parameters: Parameters): Weights =>
  (name) => {
    const matrix = parameters[name] as unknown as Tensor2D;
    return {
      shape: matrix.shape,
      read: () => matrix,
      multiply: (x, bias) => linear(x, matrix, bias),
      rows: (ids, lookUp) => lookUp(matrix, ids) as Tensor2D,
    };
  };
