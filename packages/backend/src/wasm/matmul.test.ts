import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matmulPrograms } from "../wasm-files.ts";
import { createMatmul, type Products } from "./matmul.ts";
import { compileProgram } from "./start-programs.ts";
import { type Program, webAssembly } from "./web-assembly.ts";

const megabyte = 2 ** 20;
/** Where the factors and the result stand: what the program allocates comes before. */
const [placeA, placeB, placeC] = [32 * megabyte, 48 * megabyte, 64 * megabyte];

const createMachine = (program: Program, threads: number) => {
  const memory = new webAssembly.Memory({ initial: 1280, maximum: 65_536, shared: true });
  let next = 16;
  const allocate = (bytes: number): number => {
    const place = next;
    next += Math.ceil(bytes / 16) * 16;
    return place;
  };
  const multiply = createMatmul({ program, memory, allocate, threads });
  const view = (place: number, size: number) => new Float32Array(memory.buffer, place, size);
  return (
    sizes: Omit<Products, "a" | "b" | "c">,
    seed = 1,
  ): { c: Float32Array; expected: () => number[] } => {
    const { batch, batchA, batchB, rows, columns, depth, transposeA, transposeB } = sizes;
    const a = view(placeA, batchA * rows * depth).map((_, i) => Math.sin(seed + i * 1.7));
    const b = view(placeB, batchB * depth * columns).map((_, i) => Math.cos(seed + i * 0.3));
    view(placeA, a.length).set(a);
    view(placeB, b.length).set(b);
    // One more on each side shows what writes beyond the result.
    const around = view(placeC - 4, batch * rows * columns + 2).fill(7);
    multiply({ a: placeA, b: placeB, c: placeC, ...sizes });
    expect([around[0], around.at(-1)]).toEqual([7, 7]);
    const at = (n: number, i: number, j: number): number => {
      const [startA, startB] = [(n % batchA) * rows * depth, (n % batchB) * depth * columns];
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        const x = a[startA + (transposeA ? k * rows + i : i * depth + k)] as number;
        sum += x * (b[startB + (transposeB ? j * depth + k : k * columns + j)] as number);
      }
      return sum;
    };
    const expected = () =>
      Array.from({ length: batch * rows * columns }, (_, index) =>
        at(Math.floor(index / rows / columns), Math.floor(index / columns) % rows, index % columns),
      );
    return { c: Float32Array.from(around.subarray(1, -1)), expected };
  };
};

const single = { batch: 1, batchA: 1, batchB: 1, transposeA: false, transposeB: false };

const programs = [
  ["the one that this engine gets", compileProgram],
  ["the one without relaxed SIMD", async () => webAssembly.compile(readFileSync(matmulPrograms.plain))],
] as const;

describe.each(programs)("products by %s", (_name, compile) => {
  it("are those of plain loops, at any sizes, batches and transpositions", async () => {
    const run = createMachine(await compile(), 2);
    const size = fc.integer({ min: 1, max: 40 });
    const sizes = fc.record({
      ...{ rows: size, columns: size, depth: size, transposeA: fc.boolean(), transposeB: fc.boolean() },
      ...{ batch: fc.integer({ min: 1, max: 4 }), sharesA: fc.boolean(), sharesB: fc.boolean() },
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 99 }), ({ sharesA, sharesB, ...rest }, seed) => {
        const [batchA, batchB] = [sharesA ? 1 : rest.batch, sharesB ? 1 : rest.batch];
        const { c, expected } = run({ ...rest, batchA, batchB }, seed);
        expect(c).toBeAllClose(expected(), { rtol: 1e-5, atol: 1e-5 });
      }),
      { numRuns: 300 },
    );
  });

  it("go on where rows, columns or sums exceed a block", async () => {
    const run = createMachine(await compile(), 1);
    for (const [rows, columns, depth] of [
      [243, 17, 9],
      [7, 489, 9],
      [11, 13, 1000],
    ] as const) {
      for (const transposed of [false, true]) {
        const sizes = { ...single, rows, columns, depth, transposeA: transposed, transposeB: transposed };
        const { c, expected } = run(sizes);
        expect(c).toBeAllClose(expected(), { rtol: 1e-5, atol: 1e-4 });
      }
    }
  });

  it("are the same bit for bit on any number of threads, again and again", async () => {
    const program = await compile();
    const [alone, ...teams] = [1, 2, 5].map((threads) => createMachine(program, threads));
    const sizes = { ...single, rows: 150, columns: 230, depth: 400, transposeB: true }; // 28 million operations
    for (let turn = 0; turn < 10; turn++) {
      const { c } = alone!(sizes, turn);
      for (const team of teams)
        expect(Buffer.from(team(sizes, turn).c.buffer).equals(Buffer.from(c.buffer))).toBe(true);
    }
  });
});
