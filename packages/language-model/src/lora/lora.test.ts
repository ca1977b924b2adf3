import { createRandom } from "@accord-rl/core";
import { linear, padSequences, valueAndGradients } from "@accord-rl/math";
import { checkGradients, createCompile, expectNoLeak } from "@accord-rl/testing";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, test } from "vitest";
import { raggedPrompts, tinyConfig, tinyTransformer } from "../test-tiny-transformer.ts";
import { createTextPolicy } from "../text/text-policy.ts";
import type { Transformer } from "../transformer/transformer.ts";
import { multiplyLinear, projectionsOf } from "../transformer/trunk.ts";
import { plainWeights } from "../weights/weight.ts";
import { noDropout } from "./dropout.ts";
import { freeze } from "./freeze.ts";
import { createPair } from "./lora-adapter.ts";
import { rankStabilizedScaling, standardScaling } from "./lora-options.ts";
import { loraProjections } from "./lora-projections.ts";
import { loraSites } from "./lora-sites.ts";
import { mergeLora, unmergeLora } from "./merge.ts";
import { type LoraTransformer, withLora } from "./with-lora.ts";

const logitsOf = (model: Transformer): number[] =>
  tf.tidy(() => {
    const { tokenIds, tokenMask } = padSequences(raggedPrompts, { side: "left" });
    return [...model.logits(model.hidden(tokenIds, tokenMask)).dataSync()];
  });
const lossOf = (model: Transformer): tf.Tensor => {
  const { tokenIds, tokenMask } = padSequences(raggedPrompts, { side: "left" });
  return tf.mean(tf.square(model.logits(model.hidden(tokenIds, tokenMask))));
};
const gradientsOf = (model: Transformer) =>
  valueAndGradients(() => ({ loss: lossOf(model) }), model.parameters);
/** Makes B other than 0. */
const moved = <Model extends Transformer>(model: Model, seed = 9): Model => {
  const random = createRandom(seed);
  for (const [name, variable] of Object.entries(model.parameters)) {
    if (!name.endsWith("loraB")) continue;
    const data = Float32Array.from({ length: variable.size }, () => 0.3 * random.normal());
    tf.tidy(() => variable.assign(tf.tensor(data, variable.shape)));
  }
  return model;
};
const allLinear = { rank: 2, alpha: 4, targets: ["all-linear"] };
const adapt = (base: Transformer, options: Partial<Parameters<typeof withLora>[1]> = allLinear) =>
  withLora(base, { random: createRandom(1), ...options });

/** Projections of one parameter that joins queries [4], keys [2] and values [2], with adapters on some of them. */
const joined = (targets: readonly string[]) => {
  const config = { ...tinyConfig, width: 4, heads: 2, keyValueHeads: 1, hiddenWidth: 3, layers: 1 };
  const random = createRandom(3);
  const numbers = (size: number) => Float32Array.from({ length: size }, () => random.normal());
  const name = "layers.0.queryKeyValue";
  const weight = tf.variable(tf.tensor2d(numbers(32), [8, 4]));
  const sites = loraSites(config).filter(
    ({ target, parameter }) => parameter === name && targets.includes(target),
  );
  const pairs = sites.map((site) =>
    createPair(
      { site, down: numbers(2 * site.inputs), up: numbers(2 * site.outputs) },
      { alpha: 3, scaling: standardScaling },
    ),
  );
  const settings = { rank: 2, alpha: 3, targets, dropout: 0, scaling: standardScaling };
  const projections = loraProjections(
    projectionsOf(plainWeights({ [name]: weight }), {}),
    { settings, pairs },
    noDropout,
  );
  const project = projections(multiplyLinear);
  return { weight, pairs, project: (x: tf.Tensor) => project(x as Tensor2D, name) };
};

describe("the projection", () => {
  test("by hand: W = [1 2], A = [1 −1], B = [2], scale ½, x = [3 4]", () => {
    const site = { target: "t", module: "m", parameter: "w", part: "w", firstRow: 0, outputs: 1, inputs: 2 };
    const pair = createPair(
      { site, down: Float32Array.of(1, -1), up: Float32Array.of(2) },
      { alpha: 0.5, scaling: standardScaling },
    );
    const settings = { rank: 1, alpha: 0.5, targets: ["t"], dropout: 0, scaling: standardScaling };
    const weight = tf.variable(tf.tensor2d([[1, 2]]));
    const projections = loraProjections(
      projectionsOf(plainWeights({ w: weight }), {}),
      { settings, pairs: [pair] },
      noDropout,
    );
    const project = projections(multiplyLinear);
    const x = tf.tensor2d([[3, 4]]);
    // 3 + 2·4 + ½·2·(3 − 4)
    expect(project(x, "w")).toBeAllClose([[10]]);
    const gradients = tf.grads((...given) => project(given[0] as Tensor2D, "w"))([x, pair.down, pair.up]);
    // W + ½·B·A; ½·B·x; ½·A·x
    expect(gradients[0]!).toBeAllClose([[2, 1]]);
    expect(gradients[1]!).toBeAllClose([[3, 4]]);
    expect(gradients[2]!).toBeAllClose([[-0.5]]);
  });

  test.each([[["q_proj", "v_proj"]], [["k_proj"]], [["q_proj", "k_proj", "v_proj"]]])(
    "of joined matrices with adapters on %j: each changes its own rows, gradients by central differences",
    (targets) => {
      const { weight, pairs, project } = joined(targets);
      const x = tf.tensor2d([0.3, -0.5, 1, 0.2, -1, 0.7, 0.4, -0.2, 0.1, 0.9, -0.6, 0.8], [3, 4]);
      const delta = tf.sub(project(x), linear(x, weight as unknown as Tensor2D));
      const expected = tf.buffer([3, 8]);
      const [rows, values] = [x.arraySync(), delta.arraySync() as number[][]];
      for (const { site, down, up, scale } of pairs) {
        const [a, b] = [down.arraySync(), up.arraySync()];
        rows.forEach((row, n) => {
          for (let o = 0; o < site.outputs; o++) {
            const inner = a.map((weights) => weights.reduce((sum, w, i) => sum + w * row[i]!, 0));
            const value = scale * inner.reduce((sum, h, r) => sum + h * b[o]![r]!, 0);
            expected.set(value, n, site.firstRow + o);
          }
        });
      }
      expect(values).toBeAllClose(expected.toTensor(), { rtol: 1e-4, atol: 1e-5 });
      checkGradients((given) => project(given), [x]);
      for (const { down, up } of pairs) {
        for (const variable of [down, up]) {
          const start = variable.clone();
          const of = (given: tf.Tensor) => {
            variable.assign(given as Tensor2D);
            return project(x);
          };
          const analytic = tf.tidy(
            () => tf.variableGrads(() => tf.sum(tf.square(project(x)))).grads[variable.name]!,
          );
          const numeric = Array.from(start.dataSync(), (_, i) => {
            const at = (distance: number) =>
              tf.tidy(() => {
                const data = start.dataSync().slice();
                data[i] = data[i]! + distance;
                return tf.sum(tf.square(of(tf.tensor(data, start.shape)))).dataSync()[0]!;
              });
            return (at(0.02) - at(-0.02)) / 0.04;
          });
          variable.assign(start);
          expect(tf.reshape(analytic, [-1])).toBeAllClose(numeric, { rtol: 1e-2, atol: 2e-2 });
        }
      }
    },
  );
});

describe("withLora", () => {
  it("starts as the model, bit for bit, and trains A and B of the named matrices alone", () => {
    const base = tinyTransformer();
    const model = adapt(base, { rank: 3, targets: ["v_proj", "o_proj"] });
    expect(logitsOf(model)).toEqual(logitsOf(base));
    const shapes = Object.entries(model.parameters).map(([name, { shape }]) => [name, shape]);
    expect(shapes.slice(0, 4)).toEqual([
      ["layers.0.values.loraA", [3, 16]],
      ["layers.0.values.loraB", [8, 3]],
      ["layers.0.attentionOutput.loraA", [3, 16]],
      ["layers.0.attentionOutput.loraB", [16, 3]],
    ]);
    expect(shapes).toHaveLength(8);
    const bound = 1 / Math.sqrt(16);
    const drawn = model.parameters["layers.0.values.loraA"]!.dataSync();
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThan(bound);
    expect(Math.max(...drawn.map(Math.abs))).toBeGreaterThan(0.8 * bound);
    expect(logitsOf(moved(model))).not.toEqual(logitsOf(base));
  });

  it("merges into a plain model that says the same, and out of it again", () => {
    const base = tinyTransformer();
    const model = moved(adapt(base));
    const merged = mergeLora(model);
    expect(Object.keys(merged.parameters)).toEqual(Object.keys(base.parameters));
    expect(logitsOf(merged)).toBeAllClose(logitsOf(model), { rtol: 1e-4, atol: 1e-4 });
    expect(logitsOf(unmergeLora(merged, model))).toBeAllClose(logitsOf(base), { rtol: 1e-4, atol: 1e-4 });
    const other = tinyTransformer({ width: 8 });
    expect(() => unmergeLora(other, model)).toThrow(/the model that the adapter was merged into/);
  });

  it("scales by α/r, or by α/√r", () => {
    const scales = [standardScaling, rankStabilizedScaling].map(
      (scaling) => adapt(tinyTransformer(), { rank: 4, alpha: 6, scaling }).adapter.pairs[0]!.scale,
    );
    expect(scales).toEqual([1.5, 3]);
  });

  it.each([
    [{ rank: 0 }, /rank is 0/],
    [{ alpha: 0 }, /alpha is 0/],
    [{ dropout: 1 }, /dropout is 1/],
    [{ targets: [] }, /targets are \[\]/],
    [
      { targets: ["c_attn"] },
      /expected some of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj/,
    ],
  ])("refuses %j", (options, message) => {
    expect(() => adapt(tinyTransformer(), options)).toThrow(message);
  });

  it.each([false, true])("samples what it scores, compiled: %s", async (isCompiled) => {
    const base = tinyTransformer();
    const model = moved(adapt(base));
    const compile = createCompile();
    const policy = createTextPolicy(model, { temperature: 0.9, ...(isCompiled && { compile }) });
    const { responses, logProbs } = await policy.generate(raggedPrompts, {
      maxNewTokens: 5,
      random: createRandom(4),
    });
    const left = padSequences(raggedPrompts, { side: "left" });
    const right = padSequences(responses, { side: "right" });
    const scored = policy.evaluate({
      observations: {
        tokenIds: tf.concat([left.tokenIds, right.tokenIds], 1),
        tokenMask: tf.concat([left.tokenMask, right.tokenMask], 1),
      },
      actions: right.tokenIds,
    });
    const sampled = logProbs.map((row) => [...row]);
    expect(scored.logProbs).toBeAllClose(sampled, { rtol: 1e-4, atol: 1e-4 });
    compile.dispose();
  });
});

describe("the frozen weights", () => {
  it("get no gradient: no tensor of their shape is made", async () => {
    const base = tinyTransformer({ hiddenWidth: 20 });
    const shapesOf = async (model: Transformer) => {
      const { kernels } = await tf.profile(() => tf.tidy(() => gradientsOf(model).loss));
      // A variable that is saved is cloned: nothing is computed.
      const computed = kernels.filter(({ name }) => name !== "Identity");
      return new Set(computed.flatMap(({ outputShapes }) => outputShapes.map(String)));
    };
    // queries, keys and values; gate and up; down; the embedding
    const frozen = ["32,16", "40,16", "16,20", "13,16"];
    const whole = await shapesOf(base);
    for (const shape of frozen) expect(whole).toContain(shape);
    const adapted = await shapesOf(adapt(base));
    for (const shape of frozen) expect(adapted).not.toContain(shape);
  });

  it("are kept once, and their inputs not at all", () => {
    const base = tinyTransformer({ width: 64, heads: 4, hiddenWidth: 256 });
    const bytes = () => tf.memory().numBytes;
    /** What waits for the gradient at the end of the forward pass. */
    const waiting = (model: Transformer): number => {
      let atEnd = 0;
      const before = bytes();
      const { loss, gradients } = valueAndGradients(() => {
        const loss = lossOf(model);
        atEnd = bytes();
        return { loss };
      }, model.parameters);
      tf.dispose([loss, gradients]);
      return atEnd - before;
    };
    const weightBytes = Object.values(base.parameters).reduce((sum, { size }) => sum + 4 * size, 0);
    const before = bytes();
    const model = adapt(base, { rank: 1, targets: ["q_proj"] });
    const copies = [model.clone(), freeze(base)];
    expect(bytes() - before).toBeLessThan(0.02 * weightBytes);
    // 3 × 5 tokens, 2 layers: the inputs of down (256) and of attention's output (64, which attention keeps itself).
    expect(waiting(base) - waiting(model)).toBeGreaterThanOrEqual(2 * 15 * 256 * 4);
    for (const copy of copies) copy.dispose();
  });
});

describe("ownership", () => {
  const build = () => {
    const base = tinyTransformer();
    const policy = adapt(base);
    return { base, policy, values: policy.clone(), reference: freeze(base), merged: mergeLora(policy) };
  };

  it("leaves nothing behind, whatever the order", async () => {
    const orders = [
      ["base", "policy", "values", "reference", "merged"],
      ["merged", "reference", "values", "policy", "base"],
      ["policy", "base", "merged", "values", "reference"],
    ] as const;
    for (const order of orders) {
      await expectNoLeak(() => {
        const parts = build();
        for (const name of order) parts[name].dispose();
      });
    }
  });

  it("keeps the weights for those that are left, and each adapter its own", async () => {
    const { base, policy, values, reference } = build();
    const before = logitsOf(base);
    base.dispose();
    base.dispose();
    expect(logitsOf(moved(policy))).not.toEqual(before);
    expect(logitsOf(values)).toEqual(before);
    policy.dispose();
    const another = values.clone();
    values.dispose();
    expect(logitsOf(another)).toEqual(before);
    another.dispose();
    expect(logitsOf(reference)).toEqual(before);
    expect(reference.parameters).toEqual({});
    reference.dispose();
    expect(() => adapt(base)).toThrow(/weights are freed/);
    const model = adapt(tinyTransformer());
    await expectNoLeak(() => tf.tidy(() => gradientsOf(model).loss));
  });

  it("saves the adapter alone, and continues it", async () => {
    const base = tinyTransformer();
    const [model, other] = [moved(adapt(base)), adapt(base, { ...allLinear, random: createRandom(7) })];
    const state = await model.state();
    expect(Object.keys(state.tensors)).toEqual(Object.keys(model.parameters));
    other.restore(structuredClone(state));
    expect(logitsOf(other)).toEqual(logitsOf(model));
    expect(() => adapt(base, { rank: 5, targets: ["all-linear"] }).restore(state)).toThrow(/loraA/);
  });
});

describe("dropout", () => {
  const build = (): LoraTransformer => moved(adapt(tinyTransformer(), { ...allLinear, dropout: 0.5 }));
  const learn = (model: Transformer): number[] =>
    tf.tidy(() => {
      return Object.values(gradientsOf(model).gradients).flatMap((gradient) => [...gradient.dataSync()]);
    });

  it("is drawn while a gradient is computed, and otherwise there is none", () => {
    const [model, plain] = [build(), moved(adapt(tinyTransformer()))];
    expect(logitsOf(model)).toEqual(logitsOf(plain));
    const first = learn(model);
    expect(first).not.toEqual(learn(plain));
    expect(learn(model)).not.toEqual(first);
    expect(learn(build())).toEqual(first);
  });

  it("keeps the mean of what the adapter adds", () => {
    const base = tinyTransformer({ layers: 1 });
    const model = moved(adapt(base, { targets: ["down_proj"], dropout: 0.3 }));
    const added = (gradient: boolean) =>
      tf.tidy(() => {
        const { tokenIds, tokenMask } = padSequences(raggedPrompts, { side: "left" });
        let result: tf.Tensor = tf.scalar(0);
        const run = () => {
          result = tf.keep(tf.sub(model.hidden(tokenIds, tokenMask), base.hidden(tokenIds, tokenMask)));
          return tf.sum(result) as tf.Scalar;
        };
        if (gradient) tf.variableGrads(run, Object.values(model.parameters));
        else run();
        const data = [...result.dataSync()];
        result.dispose();
        return data;
      });
    const expected = added(false);
    const scale = Math.max(...expected.map(Math.abs));
    const mean = new Array<number>(expected.length).fill(0);
    const rounds = 300;
    for (let round = 0; round < rounds; round++) {
      for (const [i, value] of added(true).entries()) mean[i]! += value / rounds;
    }
    // The last norm bends it a little; 300 draws leave a twentieth.
    expect(mean).toBeAllClose(expected, { rtol: 0.05, atol: 0.15 * scale });
  });

  it("continues its draws from a saved state", async () => {
    const [model, resumed] = [createTextPolicy(build()), createTextPolicy(build())];
    learn(model.model);
    resumed.restore(structuredClone(await model.state()));
    expect(learn(resumed.model)).toEqual(learn(model.model));
    const plain = await createTextPolicy(adapt(tinyTransformer())).state();
    expect(() => resumed.restore(plain)).toThrow();
  });

  it.runIf(tf.getBackend() === "tensorflow")("is refused by a compiled step", () => {
    const model = build();
    const compile = createCompile();
    const step = compile(() => ({
      loss: gradientsOf(model).loss,
    }));
    expect(() => tf.tidy(() => step())).toThrow(/random/i);
    compile.dispose();
  });
});
