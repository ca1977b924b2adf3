import { InvalidArgumentError, NonFiniteError, ShapeError } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { sumAll } from "./accurate-sum.ts";
import { assertFinite, checkShape } from "./check-shape.ts";
import { gatherRows } from "./gather-rows.ts";
import { padSequences } from "./pad-sequences.ts";
import { mergeParameters, parametersState, readTensor, restoreParameters } from "./parameters.ts";

describe("checkShape", () => {
  const x = tf.zeros([2, 3]);

  test("takes numbers, and strings as free sizes that must agree", () => {
    checkShape("here", "x", x, [2, 3]);
    checkShape("here", "x", x, ["B", "T"]);
    expect(() => checkShape("here", "x", x, ["B", "B"])).toThrow(ShapeError);
  });

  test("says what, got and expected", () => {
    expect(() => checkShape("here", "x", x, ["B", 4], "same as y")).toThrow(
      "here: x has shape [2, 3], expected [B, 4] (same as y)",
    );
    expect(() => checkShape("here", "x", x, ["B"])).toThrow(ShapeError);
  });
});

test("assertFinite names the quantity and the step", () => {
  assertFinite("loss", 1);
  expect(() => assertFinite("loss", Number.NaN, { step: 3, hint: "Lower it." })).toThrow(NonFiniteError);
  expect(() => assertFinite("loss", Number.POSITIVE_INFINITY, { step: 3 })).toThrow(
    "loss is Infinity at step 3",
  );
});

describe("padSequences", () => {
  test("pads prompts left and responses right", () => {
    const left = padSequences([[5, 6, 7], [8]], { side: "left" });
    expect(left.tokenIds).toBeAllClose([
      [5, 6, 7],
      [0, 0, 8],
    ]);
    expect(left.tokenMask).toBeAllClose([
      [1, 1, 1],
      [0, 0, 1],
    ]);
    expect([left.tokenIds.dtype, left.tokenMask.dtype]).toEqual(["int32", "float32"]);
    const right = padSequences([Int32Array.of(5), []], { side: "right", length: 2, padToken: 9 });
    expect(right.tokenIds).toBeAllClose([
      [5, 9],
      [9, 9],
    ]);
    expect(right.tokenMask).toBeAllClose([
      [1, 0],
      [0, 0],
    ]);
  });

  test("refuses what does not fit, and nothing at all", () => {
    expect(() => padSequences([[1, 2, 3]], { side: "left", length: 2 })).toThrow(
      "has 3 tokens, expected at most 2",
    );
    expect(() => padSequences([], { side: "left" })).toThrow(InvalidArgumentError);
  });

  test("leaks nothing", async () => {
    await expectNoLeak(() => padSequences([[1], [2, 3]], { side: "left" }));
  });
});

test("gatherRows takes rows of every tensor, in the order given", async () => {
  const tensors = {
    ids: tf.tensor2d([[1], [2], [3]], [3, 1], "int32"),
    mask: tf.tensor3d([[[1]], [[2]], [[3]]]),
  };
  const rows = gatherRows(tensors, [2, 0, 2]);
  expect(rows.ids).toBeAllClose([[3], [1], [3]]);
  expect(rows.ids.dtype).toBe("int32");
  expect(rows.mask).toBeAllClose([[[3]], [[1]], [[3]]]);
  await expectNoLeak(() => gatherRows(tensors, Int32Array.of(1)));
});

test("sums of many small numbers count every one", () => {
  // 20 million ones: one after the other in float32 stops at 2²⁴ = 16.8 million.
  const total = tf.tidy(() => sumAll(tf.ones([4000, 5000])));
  expect(total).toBeAllClose(20e6);
});

describe("parameters", () => {
  const create = () => ({
    weight: tf.variable(tf.tensor2d([[1, 2]])),
    steps: tf.variable(tf.tensor1d([3], "int32"), false),
  });

  test("are read and restored", async () => {
    const source = create();
    const target = create();
    target.weight.assign(tf.zeros([1, 2]));
    const saved = await parametersState(source);
    expect(saved).toEqual({
      weight: { dtype: "float32", shape: [1, 2], data: Float32Array.of(1, 2) },
      steps: { dtype: "int32", shape: [1], data: Int32Array.of(3) },
    });
    restoreParameters(target, saved, "test");
    expect(target.weight).toBeAllClose([[1, 2]]);
    await expectNoLeak(() => restoreParameters(target, saved, "test"));
  });

  test("what is read is a copy", async () => {
    const { weight } = create();
    const { data } = await readTensor(weight);
    data[0] = 7;
    expect(weight).toBeAllClose([[1, 2]]);
    await expect(readTensor(tf.tensor1d([true], "bool"))).rejects.toThrow(InvalidArgumentError);
  });

  test("of another part are refused, and nothing is changed", async () => {
    const target = create();
    const saved = await parametersState(target);
    const { weight, steps } = saved as Required<typeof saved>;
    const changed = { ...weight!, data: Float32Array.of(8, 9) };
    const bad = [
      { weight: changed },
      { weight: changed, steps: { ...steps!, shape: [1, 1] } },
      { weight: changed, steps: { ...steps!, dtype: "float32" as const } },
      { weight: changed, steps: { ...steps!, data: new Int32Array(2) } },
      { weight: changed, steps: steps!, other: steps! },
    ];
    for (const tensors of bad)
      expect(() => restoreParameters(target, tensors, "test")).toThrow(InvalidArgumentError);
    expect(() => restoreParameters(target, bad[0]!, "Model.restore")).toThrow(
      "Model.restore: steps is missing, expected [1] int32",
    );
    expect(target.weight).toBeAllClose([[1, 2]]);
  });

  test("merge under prefixes; a shared variable once", () => {
    const [policy, value] = [create(), create()];
    const merged = mergeParameters({ policy }, { value: { trunk: policy.weight, head: value.weight } });
    expect(Object.keys(merged)).toEqual(["policy.weight", "policy.steps", "value.head"]);
    expect(merged["value.head"]).toBe(value.weight);
  });
});
