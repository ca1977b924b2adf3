import { createRandom, InvalidArgumentError, interpret } from "@accord-rl/core";
import { compileTree, padSequences, valueAndGradients } from "@accord-rl/math";
import { createCompile, descend, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { withLora } from "../lora/with-lora.ts";
import { raggedPrompts, tinyTransformer } from "../test-tiny-transformer.ts";
import { recomputeLayers } from "./recompute-layers.ts";
import type { Transformer } from "./transformer.ts";

const lossOf = (model: Transformer): tf.Scalar => {
  const { tokenIds, tokenMask } = padSequences(raggedPrompts, { side: "left" });
  return tf.mean(tf.square(model.logits(model.hidden(tokenIds, tokenMask))));
};
const gradientsOf = (model: Transformer) =>
  valueAndGradients(() => ({ loss: lossOf(model) }), model.parameters);

const families = [
  ["Llama", {}],
  ["Qwen 3", { queryKeyNorm: true, queryKeyValueBias: true }],
  ["GPT-2", { norm: "layer", positions: "learned", feedForward: "gelu", feedForwardBias: true }],
  ["sliding", { sliding: { layers: [0], window: 2, ropeTheta: 100 } }],
] as const;

describe("layers that are computed twice", () => {
  it.each(families)("%s: the same loss and gradients", async (_, config) => {
    const model = tinyTransformer({ ...config, gain: 5 });
    const twice = recomputeLayers(model);
    await expectNoLeak(() =>
      tf.tidy(() => {
        const [expected, found] = [gradientsOf(model), gradientsOf(twice)];
        expect(found.loss).toBeAllClose(expected.loss, { rtol: 1e-6 });
        expect(Object.keys(found.gradients)).toEqual(Object.keys(expected.gradients));
        for (const [name, gradient] of Object.entries(expected.gradients)) {
          expect(found.gradients[name]!).toBeAllClose(gradient, { rtol: 1e-5, atol: 1e-7 });
        }
      }),
    );
    twice.dispose();
  });

  it("of an adapter, and of a clone; dropout is refused", () => {
    const base = tinyTransformer({ gain: 5 });
    const options = { random: createRandom(1), rank: 2, alpha: 4, targets: ["all-linear"] };
    const model = withLora(base, options);
    const clone = recomputeLayers(model).clone();
    tf.tidy(() => {
      const [expected, found] = [gradientsOf(model), gradientsOf(clone)];
      for (const [name, gradient] of Object.entries(expected.gradients)) {
        expect(found.gradients[name]!).toBeAllClose(gradient, { rtol: 1e-5, atol: 1e-7 });
      }
    });
    expect(clone.adapter.pairs.length).toBe(model.adapter.pairs.length);
    const dropping = withLora(base, { ...options, dropout: 0.5 });
    expect(() => recomputeLayers(dropping)).toThrow(/dropout of 0.5, expected 0/);
    expect(() => recomputeLayers(dropping)).toThrow(InvalidArgumentError);
    for (const each of [clone, model, dropping, base]) each.dispose();
  });

  it("keep far less for the gradient", () => {
    const model = tinyTransformer({ layers: 6, contextLength: 64 });
    const ids = tf.zeros([8, 64], "int32") as tf.Tensor2D;
    const mask = tf.ones([8, 64]) as tf.Tensor2D;
    /** Bytes that are held when the forward pass is done. */
    const held = (one: Transformer): number => {
      let bytes = 0;
      tf.tidy(() => {
        const before = tf.memory().numBytes;
        tf.variableGrads(() => {
          const loss = tf.mean(one.hidden(ids, mask)) as tf.Scalar;
          bytes = tf.memory().numBytes - before;
          return loss;
        }, Object.values(one.parameters) as tf.Variable[]);
      });
      return bytes;
    };
    expect(held(recomputeLayers(model))).toBeLessThan(0.2 * held(model));
    tf.dispose([ids, mask]);
    model.dispose();
  });

  it.each([
    ["as they are", () => interpret],
    ["compiled", createCompile],
  ])("learn the same in several steps, %s", async (_, makeCompile) => {
    const learn = async (change: (model: Transformer) => Transformer) => {
      const compile = makeCompile();
      const model = change(tinyTransformer({ gain: 5 }));
      const step = compileTree(() => gradientsOf(model), compile, "loss");
      const losses: number[] = [];
      for (let i = 0; i < 3; i++) {
        const { loss, gradients } = step({});
        descend(model.parameters, gradients, 1e-2);
        losses.push((await loss.data())[0]!);
        tf.dispose([loss, gradients]);
      }
      model.dispose();
      return losses;
    };
    const expected = await learn((model) => model);
    expect(expected[2]).toBeLessThan(expected[0]!);
    const found = await learn(recomputeLayers);
    found.forEach((loss, i) => {
      expect(loss).toBeCloseTo(expected[i]!, 5);
    });
  });
});
