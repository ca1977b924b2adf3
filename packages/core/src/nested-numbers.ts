import { InvalidArgumentError, ShapeError } from "./errors.ts";

/** Numbers in a typed or plain array: in one row, or nested by their dimensions. */
export type NestedNumbers = ArrayLike<number> | readonly NestedNumbers[];

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** Sizes of the dimensions, by the first entry of each. */
const sizesOf = (value: unknown): number[] =>
  isList(value) ? [value.length, ...(isList(value[0]) ? sizesOf(value[0]) : [])] : [];

/**
 * Numbers of a known shape as float32, row-major. A Float32Array of the right length is given back as it is.
 *
 * @param where  named in the error, such as `CartPole.reset`.
 * @param name   of what is read, such as `observations`.
 * @param shape  the dimensions that nested arrays must have; a flat array must have as many numbers.
 * @throws ShapeError for another size, InvalidArgumentError for what is no array of numbers.
 */
export const toFloat32 = (
  where: string,
  name: string,
  value: NestedNumbers,
  shape: readonly number[],
): Float32Array => {
  const size = shape.reduce((product, length) => product * length, 1);
  if (value instanceof Float32Array && value.length === size) return value;
  const numbers = new Float32Array(size);
  let next = 0;
  const read = (part: unknown, dimensions: readonly number[]): void => {
    if (!isList(part) || part.length !== dimensions[0]) {
      throw new ShapeError({ where, tensor: name, actual: sizesOf(value), expected: shape });
    }
    for (let i = 0; i < part.length; i++) {
      if (dimensions.length > 1) read(part[i], dimensions.slice(1));
      else if (typeof part[i] === "number") numbers[next++] = part[i] as number;
      else {
        const message = `${where}: ${name} holds ${String(part[i]).slice(0, 40)}, expected numbers of shape [${shape.join(", ")}]`;
        throw new InvalidArgumentError({ argument: name, value: part[i], message });
      }
    }
  };
  if (!isList(value)) {
    const message = `${where}: ${name} is ${String(value).slice(0, 40)}, expected an array of ${size} numbers, flat or of shape [${shape.join(", ")}]`;
    throw new InvalidArgumentError({ argument: name, value, message });
  }
  read(value, isList(value[0]) ? shape : [size]);
  return numbers;
};
