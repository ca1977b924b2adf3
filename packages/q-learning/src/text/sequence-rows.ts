import { InvalidArgumentError, type TensorData } from "@accord-rl/core";
import { makeTensor, readTensor } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";

/** One sequence on the host: its row of every tensor, by name. */
export type SequenceRow = Readonly<Record<string, TensorData>>;

const cut = ({ dtype, shape, data }: TensorData): TensorData[] => {
  const [count, ...rest] = shape as [number, ...number[]];
  const size = count === 0 ? 0 : data.length / count;
  return Array.from({ length: count }, (_, row) => ({
    dtype,
    shape: rest,
    data: data.slice(row * size, (row + 1) * size),
  }));
};

/** Cuts tensors with the same first dimension into rows. */
export const cutRows = (tensors: Readonly<Record<string, TensorData>>): SequenceRow[] => {
  const columns = Object.entries(tensors).map(([name, tensor]) => [name, cut(tensor)] as const);
  const count = columns[0]?.[1].length ?? 0;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map(([name, rows]) => [name, rows[row]!])),
  );
};

/** Reads tensors that have the same first dimension, row by row. */
export const readRows = async (tensors: Readonly<Record<string, Tensor>>): Promise<SequenceRow[]> => {
  const read = await Promise.all(
    Object.entries(tensors).map(async ([name, tensor]) => [name, await readTensor(tensor)] as const),
  );
  return cutRows(Object.fromEntries(read));
};

const describe = (row: SequenceRow): string =>
  Object.entries(row)
    .map(([name, { shape }]) => `${name} [${shape.join(", ")}]`)
    .join(", ");

/** @throws InvalidArgumentError unless all rows have the same names and shapes. */
export const checkAlike = (where: string, rows: readonly SequenceRow[], first = rows[0]): void => {
  if (first === undefined) return;
  const expected = describe(first);
  const other = rows.find((row) => describe(row) !== expected);
  if (other === undefined) return;
  throw new InvalidArgumentError({
    argument: "rollout",
    value: describe(other),
    message: `${where}: a sequence has ${describe(other)}, expected ${expected} as those before; give collectText a fixed promptLength and maxNewTokens`,
  });
};

/** Rows one above the other: the inverse of `cutRows`. At least one row. */
export const stackRows = (rows: readonly SequenceRow[]): Record<string, TensorData> =>
  Object.fromEntries(
    Object.entries(rows[0] ?? {}).map(([name, { dtype, shape, data }]) => {
      const size = data.length;
      const all =
        dtype === "int32" ? new Int32Array(rows.length * size) : new Float32Array(rows.length * size);
      rows.forEach((row, i) => {
        all.set(row[name]!.data, i * size);
      });
      return [name, { dtype, shape: [rows.length, ...shape], data: all }];
    }),
  );

/** The same as tensors, which the caller owns. */
export const rowTensors = (rows: readonly SequenceRow[]): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(stackRows(rows)).map(([name, data]) => [name, makeTensor(data)]));

/** Cuts 0 … count − 1 into runs of at most `size` (null = all) whose lengths differ by at most one. */
export const evenParts = (count: number, size: number | null): [start: number, end: number][] => {
  const parts = Math.ceil(count / (size ?? count));
  const at = (part: number): number => Math.floor((part * count) / parts);
  return Array.from({ length: parts }, (_, part) => [at(part), at(part + 1)]);
};
