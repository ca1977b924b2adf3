import { NonFiniteError, ShapeError } from "@accord-rl/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * Throws where a tensor hasn't the shape that a function needs.
 *
 * @param expected  one entry per dimension; a number must match, a string ("B", "T") names a free one. The same
 *                  string twice must be the same size.
 * @throws ShapeError
 */
export const checkShape = (
  where: string,
  name: string,
  tensor: Tensor,
  expected: readonly (number | string)[],
  hint?: string,
): void => {
  const sizes = new Map<string, number>();
  const matches =
    tensor.rank === expected.length &&
    expected.every((size, dimension) => {
      const actual = tensor.shape[dimension] as number;
      if (typeof size === "number") return size === actual;
      const known = sizes.get(size);
      sizes.set(size, actual);
      return known === undefined || known === actual;
    });
  if (!matches) {
    throw new ShapeError({
      where,
      tensor: name,
      actual: tensor.shape,
      expected,
      ...(hint === undefined ? {} : { hint }),
    });
  }
};

/** Checks that every tensor of a record has the shape of the first one. */
export const checkSameShapes = (where: string, tensors: Readonly<Record<string, Tensor>>): void => {
  const entries = Object.entries(tensors);
  const first = entries[0];
  if (first === undefined) return;
  for (const [name, tensor] of entries) {
    checkShape(where, name, tensor, first[1].shape, `same as ${first[0]}`);
  }
};

/**
 * Throws where a number read from a tensor is NaN or infinite, before it spreads.
 *
 * @throws NonFiniteError
 */
export const assertFinite = (
  quantity: string,
  value: number,
  { step, hint }: { step?: number; hint?: string } = {},
): void => {
  if (Number.isFinite(value)) return;
  throw new NonFiniteError({
    quantity,
    value,
    ...(step === undefined ? {} : { step }),
    ...(hint === undefined ? {} : { hint }),
  });
};
