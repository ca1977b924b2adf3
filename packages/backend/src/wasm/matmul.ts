import { createTeam } from "./team.ts";
import type { Memory, Program } from "./web-assembly.ts";

/** A batch of products. Places are in bytes. */
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
/** Below so many additions and multiplications waking helpers takes longer than they save. */
const worthSharing = 8e6;

/** Matrix products by our own program, on some threads. */
export const createMatmul = ({ program, memory, allocate, threads }: MatmulParts): Matmul => {
  const job = allocate(4 * jobFields);
  const fields = new Int32Array(memory.buffer, job, jobFields);
  const team = createTeam({ program, memory, job, allocate, threads });
  return (products) => {
    const { a, b, c, batch, batchA, batchB, rows, columns, depth, transposeA, transposeB } = products;
    const stridesA = transposeA ? [1, rows] : [depth, 1];
    const stridesB = transposeB ? [1, depth] : [columns, 1];
    fields.set([0, a, b, c, batch, batchA, batchB, rows, columns, depth, ...stridesA, ...stridesB]);
    team.run(2 * batch * rows * columns * depth > worthSharing);
  };
};
