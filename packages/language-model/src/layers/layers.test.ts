import { createRandom } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { headSizes } from "../config/transformer-config.ts";
import { tinyConfig } from "../test-tiny-transformer.ts";
import { attention, attentionBias } from "./attention.ts";
import { swiglu } from "./feed-forward.ts";
import { rmsNorm } from "./rms-norm.ts";
import { createRotaryTables, rotate, rotationAt } from "./rotary.ts";

const normals = (shape: [number, number], seed = 1): Tensor2D => {
  const random = createRandom(seed);
  return tf.tensor2d(Float32Array.from({ length: shape[0] * shape[1] }, random.normal), shape);
};

describe("rmsNorm", () => {
  it("divides by the root mean square", () => {
    // mean(3², 4²) = 12.5; 3 / √12.5 · 2 = 1.697056, 4 / √12.5 · 1 = 1.131371
    expect(rmsNorm(tf.tensor2d([[3, 4]]), tf.tensor1d([2, 1]), 0)).toBeAllClose([[1.697056, 1.131371]]);
  });
  it("stays finite at a row of zeros", () => {
    expect(rmsNorm(tf.zeros([1, 2]), tf.tensor1d([2, 1]), 1e-5)).toBeAllClose([[0, 0]]);
  });
  it("has the gradient that differences give, and leaks nothing", async () => {
    const [x, weight] = [normals([3, 4]), tf.tensor1d([0.5, 1, -1.5, 2])];
    checkGradients((x, w) => rmsNorm(x as Tensor2D, w as Tensor1D, 1e-2), [x, weight]);
    await expectNoLeak(() => rmsNorm(x, weight, 1e-5));
  });
});

describe("swiglu", () => {
  it("gates", () => {
    // 2 · σ(2) · 3 = 2 · 0.8807971 · 3
    expect(swiglu(tf.tensor2d([[2, 3]]))).toBeAllClose([[5.284782]]);
  });
  it("has the gradient that differences give, and leaks nothing", async () => {
    const x = normals([3, 8]);
    checkGradients((x) => swiglu(x as Tensor2D), [x]);
    await expectNoLeak(() => swiglu(x));
  });
});

describe("rotate", () => {
  // One head of queries and one of keys, size 4: frequencies 1 and 100^(-2/4) = 0.1.
  const config = { ...tinyConfig, width: 4, heads: 1, keyValueHeads: 1, ropeTheta: 100 };
  const at = (ropeLayout: "interleaved" | "half", position: number, x: number[]) => {
    const tables = createRotaryTables({ ...config, ropeLayout });
    const rotation = rotationAt(tables, tf.tensor1d([position], "int32"));
    return rotate(tf.tensor2d([...x, ...x], [1, 8]), rotation);
  };
  const [c1, s1, c2, s2] = [Math.cos(3), Math.sin(3), Math.cos(0.3), Math.sin(0.3)];
  it("turns neighbours in the interleaved layout; queries are scaled by 1 / √4", () => {
    const turned = [c1 - 2 * s1, s1 + 2 * c1, 3 * c2 - 4 * s2, 3 * s2 + 4 * c2];
    expect(at("interleaved", 3, [1, 2, 3, 4])).toBeAllClose([[...turned.map((v) => v / 2), ...turned]], {
      rtol: 1e-5,
    });
  });
  it("turns i and i + 2 in the halved layout", () => {
    const turned = [c1 - 3 * s1, 2 * c2 - 4 * s2, s1 + 3 * c1, 2 * s2 + 4 * c2];
    expect(at("half", 3, [1, 2, 3, 4])).toBeAllClose([[...turned.map((v) => v / 2), ...turned]], {
      rtol: 1e-5,
    });
  });
  it("leaves position 0 as it is", () => {
    expect(at("half", 0, [1, 2, 3, 4])).toBeAllClose([[0.5, 1, 1.5, 2, 1, 2, 3, 4]]);
  });
});

describe("attention", () => {
  const batch = 2;
  const length = 3;
  const { rotatedWidth, valueWidth } = headSizes(tinyConfig);
  const width = rotatedWidth + valueWidth;
  const setUp = (mask: number[][]) => {
    const tables = createRotaryTables(tinyConfig);
    const positions = tf.tensor1d([0, 1, 2, 0, 0, 1], "int32");
    return {
      rotation: rotationAt(tables, positions),
      bias: attentionBias(tinyConfig, tf.tensor2d(mask)),
      batch,
    };
  };
  const parts = setUp([
    [1, 1, 1],
    [0, 1, 1],
  ]);

  it.each(["interleaved", "half"] as const)("has the gradient that differences give: %s", (ropeLayout) => {
    const config = { ...tinyConfig, width: 4, heads: 2, keyValueHeads: 1, ropeLayout };
    const tables = createRotaryTables(config);
    const rotation = rotationAt(tables, tf.tensor1d([0, 1, 2, 0, 0, 1], "int32"));
    const bias = attentionBias(
      config,
      tf.tensor2d([
        [1, 1, 1],
        [0, 1, 1],
      ]),
    );
    checkGradients((x) => attention(config, x as Tensor2D, { rotation, bias, batch }), [normals([6, 8])]);
  });
  it("gives a first token its own value", () => {
    const x = normals([batch * length, width]);
    const first = tf.slice(attention(tinyConfig, x, parts), [0, 0], [1, 16]);
    const values = tf.reshape(tf.slice(x, [0, rotatedWidth], [1, valueWidth]), [2, 1, 4]);
    expect(first).toBeAllClose(tf.reshape(tf.tile(values, [1, 2, 1]), [1, 16]));
  });
  it("does not see later tokens or padding", () => {
    const x = normals([batch * length, width]);
    const other = normals([batch * length, width], 2);
    const rows = (...changed: number[]) =>
      tf.tensor2d([0, 1, 2, 3, 4, 5].map((row) => [changed.includes(row) ? 1 : 0]));
    const blend = (...changed: number[]) => {
      const share = rows(...changed);
      return tf.add(tf.mul(other, share), tf.mul(x, tf.sub(1, share))) as Tensor2D;
    };
    const base = attention(tinyConfig, x, parts);
    const changed = attention(tinyConfig, blend(2, 3), parts);
    for (const row of [0, 1, 4, 5]) {
      expect(tf.slice(changed, [row, 0], [1, -1])).toBeAllClose(tf.slice(base, [row, 0], [1, -1]), {
        rtol: 0,
        atol: 0,
      });
    }
  });
  it("leaks nothing", async () => {
    const x = normals([batch * length, width]);
    await expectNoLeak(() => attention(tinyConfig, x, parts));
  });
});
