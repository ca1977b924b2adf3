import { createTeam } from "./team.ts";
import type { Memory, Program } from "./web-assembly.ts";

/** A batch of products. Strides are in floats, places in bytes. */
export interface Products {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** How many products, and how many matrices a and b hold: fewer are used in turn. */
  readonly batch: number;
  readonly batchA: number;
  readonly batchB: number;
  readonly rows: number;
  readonly columns: number;
  /** Terms of a sum. */
  readonly depth: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Computes products in the memory of a WASM backend. */
export type Matmul = (products: Products) => void;

export interface MatmulParts {
  readonly program: Program;
  readonly memory: Memory;
  /** Takes memory for good. */
  readonly allocate: (bytes: number) => number;
  readonly threads: number;
}

/** i32 fields of `Job` in wasm/matmul.ts. */
const jobFields = 16;
/** The tile and the largest block of wasm/matmul.ts, as rows × columns. */
const tile = [5, 8] as const;
const largest = [240, 480] as const;
/** Below so many additions and multiplications waking helpers takes longer than they save. */
const worthSharing = 8e6;

/** One half, in whole tiles. */
const half = (size: number, unit: number): number => Math.ceil(size / 2 / unit) * unit;

/** Blocks small enough that each thread has two, so that one that is held up does not hold up the others. */
const blockSize = (
  { batch, rows, columns }: Products,
  threads: number,
): { blockRows: number; blockColumns: number } => {
  let blockRows = Math.min(rows, largest[0]);
  let blockColumns = Math.min(columns, largest[1]);
  const blocks = () => batch * Math.ceil(rows / blockRows) * Math.ceil(columns / blockColumns);
  while (blocks() < 2 * threads && (blockRows > tile[0] || blockColumns > tile[1])) {
    const isTall = blockRows > blockColumns || blockColumns <= tile[1];
    if (isTall && blockRows > tile[0]) blockRows = half(blockRows, tile[0]);
    else blockColumns = half(blockColumns, tile[1]);
  }
  return { blockRows, blockColumns };
};

/** Matrix products by our own program, on some threads. */
export const createMatmul = ({ program, memory, allocate, threads }: MatmulParts): Matmul => {
  const job = allocate(4 * jobFields);
  const fields = new Int32Array(memory.buffer, job, jobFields);
  const team = createTeam({ program, memory, job, allocate, threads });
  return (products) => {
    const { a, b, c, batch, batchA, batchB, rows, columns, depth, transposeA, transposeB } = products;
    const isShared = 2 * batch * rows * columns * depth > worthSharing;
    const { blockRows, blockColumns } = blockSize(products, isShared ? threads : 1);
    const stridesA = transposeA ? [1, rows] : [depth, 1];
    const stridesB = transposeB ? [1, depth] : [columns, 1];
    fields.set([0, a, b, c, batch, batchA, batchB, rows, columns, depth]);
    fields.set([...stridesA, ...stridesB, blockRows, blockColumns], 10);
    team.run(isShared);
  };
};
