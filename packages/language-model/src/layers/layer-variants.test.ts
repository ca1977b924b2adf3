import { createRandom } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { configProblem } from "../config/config-problem.ts";
import { scaleFrequency } from "../config/rope-scaling.ts";
import { headSizes, type TransformerConfig } from "../config/transformer-config.ts";
import { tinyConfig } from "../test-tiny-transformer.ts";
import { attentionBias, blocked } from "./attention.ts";
import { geglu, gelus, plainGelu } from "./feed-forward.ts";
import { normaliseHeads } from "./head-norms.ts";
import { layerNorm } from "./layer-norm.ts";
import { rmsNorm } from "./rms-norm.ts";

const normals = (shape: [number, number], seed = 1): Tensor2D => {
  const random = createRandom(seed);
  return tf.tensor2d(Float32Array.from({ length: shape[0] * shape[1] }, random.normal), shape);
};

describe("layerNorm", () => {
  it("moves to mean 0 and variance 1", () => {
    // (1, 3): mean 2, variance 1: (−1, 1) · (2, 3) + (10, 20)
    const parts = { weight: tf.tensor1d([2, 3]), bias: tf.tensor1d([10, 20]) };
    expect(layerNorm(tf.tensor2d([[1, 3]]), parts, 0)).toBeAllClose([[8, 23]]);
  });
  it("gives the bias at a row of equal numbers", () => {
    const parts = { weight: tf.tensor1d([2, 3]), bias: tf.tensor1d([10, 20]) };
    expect(layerNorm(tf.tensor2d([[7, 7]]), parts, 1e-5)).toBeAllClose([[10, 20]]);
  });
  it("has the gradient that differences give, and leaks nothing", async () => {
    const inputs = [normals([3, 4]), tf.tensor1d([0.5, 1, -1.5, 2]), tf.tensor1d([1, 2, 3, 4])];
    const run = ([x, weight, bias]: tf.Tensor[]) =>
      layerNorm(x as Tensor2D, { weight: weight as Tensor1D, bias: bias as Tensor1D }, 1e-2);
    checkGradients((...given) => run(given), inputs);
    await expectNoLeak(() => run(inputs));
  });
});

describe("gelu", () => {
  it("is x · Φ(x), by tanh", () => {
    // x = 2: tanh(0.7978846 · (2 + 0.044715 · 8)) = tanh(1.8811882) = 0.9546; 2 / 2 · 1.9545977 = 1.9545977
    expect(plainGelu(tf.tensor2d([[2, 0, -2]]))).toBeAllClose([[1.9545977, 0, -0.0454023]], { atol: 1e-6 });
    expect(geglu(tf.tensor2d([[2, 3]]))).toBeAllClose([[1.9545977 * 3]]);
  });
  it("stays itself, or 0, far from 0", () => {
    expect(plainGelu(tf.tensor2d([[1e4, -1e4]]))).toBeAllClose([[1e4, 0]]);
  });
  it("has the gradient that differences give, and leaks nothing", async () => {
    const x = normals([3, 8]);
    checkGradients((x) => plainGelu(x as Tensor2D), [x]);
    checkGradients((x) => geglu(x as Tensor2D), [x]);
    checkGradients((x) => gelus.exact.gelu(x as Tensor2D), [x]);
    checkGradients((x) => gelus.quick.geglu(x as Tensor2D), [x]);
    await expectNoLeak(() => plainGelu(x));
    await expectNoLeak(() => gelus.exact.gelu(x));
    await expectNoLeak(() => gelus.quick.gelu(x));
  });
});

describe("normaliseHeads", () => {
  const config: TransformerConfig = {
    ...tinyConfig,
    width: 4,
    heads: 2,
    keyValueHeads: 1,
    normEpsilon: 1e-2,
  };
  const weights = { queryNorm: tf.tensor1d([0.5, 2]), keyNorm: tf.tensor1d([-1, 3]) };
  it("normalises each head of the queries and the keys, and leaves the values", () => {
    const x = normals([3, 8]);
    const head = (start: number, weight: Tensor1D) => rmsNorm(tf.slice(x, [0, start], [3, 2]), weight, 1e-2);
    const { queryNorm, keyNorm } = weights;
    const parts = [head(0, queryNorm), head(2, queryNorm), head(4, keyNorm), tf.slice(x, [0, 6], [3, 2])];
    expect(normaliseHeads(config, x, weights)).toBeAllClose(tf.concat(parts, 1));
  });
  it("has the gradient that differences give, and leaks nothing", async () => {
    const x = normals([3, 8]);
    checkGradients(
      (x, queryNorm, keyNorm) =>
        normaliseHeads(config, x as Tensor2D, {
          queryNorm: queryNorm as Tensor1D,
          keyNorm: keyNorm as Tensor1D,
        }),
      [x, weights.queryNorm, weights.keyNorm],
    );
    await expectNoLeak(() => normaliseHeads(config, x, weights));
  });
});

describe("attentionBias with a window", () => {
  it("hides what stands before the window, but never a token from itself", () => {
    const config = { ...tinyConfig, heads: 1, keyValueHeads: 1 };
    const bias = attentionBias(config, tf.tensor2d([[0, 1, 1, 1]]), 2).arraySync() as number[][][];
    const seen = bias[0]?.map((row) => row.map((value) => (value === 0 ? 1 : value === blocked ? 0 : -1)));
    expect(seen).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 1, 1, 0],
      [0, 0, 1, 1],
    ]);
  });
});

describe("scaleFrequency", () => {
  const llama3 = {
    kind: "llama3",
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalContextLength: 100,
  } as const;
  const turning = (turns: number) => (turns * 2 * Math.PI) / 100;
  it.each([
    { turns: 5, expected: 5, what: "fast ones stay" },
    { turns: 0.5, expected: 0.5 / 8, what: "slow ones are divided" },
    // halfway between 1 and 4 turns: 0.5 · 2.5 / 8 + 0.5 · 2.5 = 1.40625
    { turns: 2.5, expected: 1.40625, what: "those between are mixed" },
  ])("llama3: $what", ({ turns, expected }) => {
    expect(scaleFrequency(turning(turns), llama3)).toBeCloseTo(turning(expected), 10);
  });
  it("linear: all are divided; without a scaling all stay", () => {
    expect(scaleFrequency(0.5, { kind: "linear", factor: 4 })).toBe(0.125);
    expect(scaleFrequency(0.5, undefined)).toBe(0.5);
  });
});

describe("a configuration", () => {
  it("may have a head size of its own", () => {
    const config = { ...tinyConfig, width: 10, headSize: 6 };
    expect(configProblem(config)).toBeUndefined();
    expect(headSizes(config)).toEqual({
      headSize: 6,
      groupSize: 2,
      queryWidth: 24,
      rotatedWidth: 36,
      valueWidth: 12,
    });
  });
  it.each<{ change: Record<string, unknown>; problem: string }>([
    { change: { headSize: 5 }, problem: "headSize is 5, expected an even number" },
    { change: { norm: "batch" }, problem: 'norm is "batch", expected "rms" or "layer"' },
    { change: { feedForward: "relu" }, problem: 'feedForward is "relu"' },
    { change: { positions: "none" }, problem: 'positions is "none"' },
    { change: { scoreScale: 0 }, problem: "scoreScale is 0" },
    { change: { embeddingScale: Number.NaN }, problem: "embeddingScale is NaN" },
    { change: { ropeScaling: { kind: "longrope" } }, problem: 'ropeScaling is of kind "longrope"' },
    { change: { ropeScaling: { kind: "linear", factor: 0 } }, problem: "factor of ropeScaling is 0" },
    {
      change: {
        ropeScaling: {
          kind: "llama3",
          factor: 2,
          lowFrequencyFactor: 4,
          highFrequencyFactor: 4,
          originalContextLength: 8,
        },
      },
      problem: "lowFrequencyFactor 4 of ropeScaling is not below highFrequencyFactor 4",
    },
    { change: { sliding: { layers: [2], window: 4, ropeTheta: 10 } }, problem: "sliding.layers holds 2" },
    { change: { sliding: { layers: [0], window: 0, ropeTheta: 10 } }, problem: "sliding.window is 0" },
    { change: { sliding: { layers: [0], window: 1, ropeTheta: 0 } }, problem: "sliding.ropeTheta is 0" },
    { change: { layers: 1e9 }, problem: "layers is 1000000000, expected at most 10000" },
    { change: { contextLength: 1e12 }, problem: "contextLength is 1000000000000, expected at most" },
  ])("is refused: $problem", ({ change, problem }) => {
    expect(configProblem({ ...tinyConfig, ...change } as TransformerConfig)).toContain(problem);
  });
});
