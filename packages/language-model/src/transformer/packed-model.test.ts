import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError, createRandom, InvalidArgumentError } from "@accord-rl/core";
import { linear, padSequences, valueAndGradients } from "@accord-rl/math";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import gpt2 from "../formats/__fixtures__/gguf-gpt2.json" with { type: "json" };
import { f16, q8_0 } from "../formats/gguf/pack.ts";
import { saveGguf } from "../formats/gguf/save-gguf.ts";
import { tensorType } from "../formats/gguf/tensor-types.ts";
import { loadModel } from "../formats/load-model.ts";
import { gatherRows } from "../layers/embed-tokens.ts";
import { freeze } from "../lora/freeze.ts";
import { mergeLora } from "../lora/merge.ts";
import { withLora } from "../lora/with-lora.ts";
import { raggedPrompts, tinyConfig, tinyTransformer } from "../test-tiny-transformer.ts";
import { createTextPolicy } from "../text/text-policy.ts";
import { packMatrix } from "../weights/packed-matrix.ts";
import type { Transformer } from "./transformer.ts";

/** Numbers as GGUF's Q8_0 keeps them. */
const throughQ8 = (numbers: Float32Array): Float32Array => {
  const result = new Float32Array(numbers.length);
  tensorType(q8_0.id)!.unpack(q8_0.pack(numbers), result);
  return result.map((value) => value + 0);
};
const normals = (size: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: size }, () => random.normal());
};
/** With one kind of zero. */
const numbersOf = (x: tf.Tensor): Float32Array => Float32Array.from(x.dataSync(), (value) => value + 0);
const nothing = tf.keep(tf.zeros([1, 1]));

describe("a matrix in eight bits", () => {
  it("holds the numbers that GGUF's Q8_0 holds, and multiplies and looks up the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(1000),
        async (rows, blocks, seed) => {
          const columns = 32 * blocks;
          const numbers = normals(rows * columns, seed);
          // Blocks of zeros, and of one large number among small ones.
          if (seed % 3 === 0) numbers.fill(0, 0, 32);
          if (seed % 4 === 0) numbers[numbers.length - 1] = 1e4;
          const expected = throughQ8(numbers);
          const packed = packMatrix(numbers, [rows, columns]);
          await expectNoLeak(() =>
            tf.tidy(() => {
              expect(numbersOf(packed.read(nothing))).toEqual(expected);
              const plain = tf.tensor2d(expected, [rows, columns]);
              const x = tf.tensor3d(normals(2 * 3 * columns, seed + 1), [2, 3, columns]);
              const bias = tf.tensor1d(normals(rows, seed + 2));
              expect(packed.multiply(x, bias)).toBeAllClose(linear(x, plain, bias), { rtol: 1e-5 });
              const ids = tf.tensor1d([rows - 1, 0, Math.floor(rows / 2), rows - 1], "int32");
              expect(numbersOf(packed.rows(ids, gatherRows))).toEqual(numbersOf(tf.gather(plain, ids)));
            }),
          );
          packed.dispose();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is unpacked part by part when it is large", async () => {
    const [rows, columns] = [100_001, 32];
    const numbers = normals(rows * columns, 5);
    const packed = packMatrix(numbers, [rows, columns]);
    const expected = throughQ8(numbers);
    await expectNoLeak(() =>
      tf.tidy(() => {
        expect(numbersOf(packed.read(nothing)).every((value, i) => value === expected[i])).toBe(true);
        const x = tf.tensor2d(normals(columns, 6), [1, columns]);
        const y = packed.multiply(x) as tf.Tensor2D;
        expect(y).toBeAllClose(linear(x, tf.tensor2d(expected, [rows, columns])), { rtol: 1e-4, atol: 1e-5 });
      }),
    );
    packed.dispose();
  });
});

const config = { ...tinyConfig, width: 32, hiddenWidth: 64, ropeLayout: "half" } as const;
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-packed-"));
  path = join(folder, "model.gguf");
  const random = tinyTransformer(config);
  await saveGguf(random, path, { type: q8_0 });
  random.dispose();
});
afterAll(() => rm(folder, { recursive: true }));
const load = async (weights: "float32" | "q8_0", file = path) => (await loadModel(file, { weights })).model;

const logitsOf = (model: Transformer): tf.Tensor =>
  tf.tidy(() => {
    const { tokenIds, tokenMask } = padSequences(raggedPrompts, { side: "left" });
    return model.logits(model.hidden(tokenIds, tokenMask));
  });

const expectSame = (a: Transformer, b: Transformer, tolerance: { rtol: number; atol: number }): void =>
  tf.tidy(() => {
    expect(logitsOf(a)).toBeAllClose(logitsOf(b), tolerance);
  });

describe("a model in eight bits", () => {
  it("says what the same file says as float32, in less memory, and frees it", async () => {
    const tensors = tf.memory().numTensors;
    const plain = await load("float32");
    const before = tf.memory().numBytes;
    const packed = await load("q8_0");
    const own = tf.memory().numBytes - before;
    const whole = Object.values(plain.parameters).reduce((sum, { size }) => sum + 4 * size, 0);
    expect(own).toBeLessThan(0.6 * whole);
    expect(packed.parameters).toEqual({});
    expectSame(packed, plain, { rtol: 1e-5, atol: 1e-6 });
    for (const model of [plain, packed]) model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("writes the same, step by step and compiled", async () => {
    const texts = async (model: Transformer, compile?: ReturnType<typeof createCompile>) => {
      const policy = createTextPolicy(model, { stopTokens: [], ...(compile && { compile }) });
      const { responses, logProbs } = await policy.generate(raggedPrompts, {
        maxNewTokens: 6,
        random: createRandom(4),
      });
      return {
        tokens: responses.map((tokens) => [...tokens]),
        logProbs: logProbs.flatMap((all) => [...all]),
      };
    };
    const [plain, packed] = [await load("float32"), await load("q8_0")];
    const expected = await texts(plain);
    const compile = createCompile();
    for (const found of [await texts(packed), await texts(packed, compile)]) {
      expect(found.tokens).toEqual(expected.tokens);
      expect(tf.tensor1d(found.logProbs)).toBeAllClose(expected.logProbs, { rtol: 1e-4, atol: 1e-5 });
    }
    for (const model of [plain, packed]) model.dispose();
  });

  it("carries an adapter, with the gradients that it has on float32", async () => {
    const losses = [];
    for (const weights of ["float32", "q8_0"] as const) {
      const base = await load(weights);
      const model = withLora(base, { random: createRandom(2), rank: 2, alpha: 4, targets: ["all-linear"] });
      const { gradients, loss } = valueAndGradients(
        () => ({ loss: tf.mean(tf.square(logitsOf(model))) as tf.Scalar }),
        model.parameters,
      );
      losses.push({ loss: loss.dataSync(), gradients });
      const merged = mergeLora(model);
      expectSame(merged, model, { rtol: 1e-4, atol: 1e-5 });
      for (const each of [merged, model, base]) each.dispose();
    }
    const [plain, packed] = losses as [(typeof losses)[0], (typeof losses)[0]];
    expect(packed.loss[0]).toBeCloseTo(plain.loss[0]!, 5);
    for (const [name, gradient] of Object.entries(plain.gradients)) {
      expect(packed.gradients[name]!).toBeAllClose(gradient, { rtol: 1e-3, atol: 1e-6 });
    }
  });

  it("is saved as the file that it was read from", async () => {
    const packed = await load("q8_0");
    const again = freeze(packed);
    packed.dispose();
    await saveGguf(again, join(folder, "again"), { type: q8_0 });
    again.dispose();
    expect((await readFile(join(folder, "again"))).equals(await readFile(path))).toBe(true);
  });

  it("of another family says what it says through a file of eight bits; short rows stay float32", async () => {
    const [halves, eight] = [join(folder, "halves"), join(folder, "eight")];
    await writeFile(halves, Buffer.from(gpt2.outputs.file, "base64"));
    const original = await load("float32", halves);
    await saveGguf(original, halves, { type: f16 });
    await saveGguf(await load("float32", halves), eight, { type: q8_0 });
    const [packed, plain] = [await load("q8_0", halves), await load("float32", eight)];
    expectSame(packed, plain, { rtol: 1e-2, atol: 5e-3 });
    for (const model of [original, packed, plain]) model.dispose();
  });

  it("leaves nothing behind when its file ends early, and takes no other way to hold weights", async () => {
    const bytes = await readFile(path);
    await writeFile(join(folder, "cut"), bytes.subarray(0, bytes.length - 64));
    const tensors = tf.memory().numTensors;
    await expect(load("q8_0", join(folder, "cut"))).rejects.toBeInstanceOf(CheckpointError);
    const other = load("q4_0" as "q8_0");
    await expect(other).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(other).rejects.toThrow(/"q4_0" is no way to hold weights, expected one of float32, q8_0/);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
