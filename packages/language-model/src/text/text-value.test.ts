import type { Rollout, TextObservations } from "@accord-rl/core";
import { mergeParameters, valueAndGradients } from "@accord-rl/math";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { raggedPrompts, textBatch, tinyTransformer } from "../test-tiny-transformer.ts";
import { createTextPolicy } from "./text-policy.ts";
import { createTextValueFunction, createValueHead } from "./text-value.ts";

const responses = [[6, 2, 10], [1, 12], [9]];
const rollout = (): Rollout<TextObservations> => {
  const { observations, actions, responseMask } = textBatch(raggedPrompts, responses);
  return {
    observations,
    actions,
    rewards: tf.zeros([3, 3]),
    valid: responseMask,
    mask: responseMask,
    terminated: tf.tensor2d([
      [0, 0, 1],
      [0, 0, 0],
      [1, 0, 0],
    ]),
    truncated: tf.tensor2d([
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]),
    policyVersion: 0,
    extras: {},
  };
};
/** Gives the head weights, since 0 says little. */
const wake = (parameters: Readonly<Record<string, tf.Variable>>) => {
  tf.tidy(() => {
    parameters["head.weight"]?.assign(tf.tensor2d([Array.from({ length: 16 }, (_, i) => Math.sin(i + 1))]));
    parameters["head.bias"]?.assign(tf.tensor1d([0.25]));
  });
};

describe.each([
  { name: "createTextValueFunction", create: () => createTextValueFunction(tinyTransformer()) },
  { name: "createValueHead", create: () => createValueHead(createTextPolicy(tinyTransformer())) },
])("$name", ({ create }) => {
  it("starts at 0", () => {
    expect(create().values(rollout())).toBeAllClose(tf.zeros([3, 3]), { atol: 0 });
  });
  it("is a line over the hidden state before each action", () => {
    const value = create();
    wake(value.parameters);
    const batch = rollout();
    const model = tinyTransformer();
    const hidden = model.hidden(batch.observations.tokenIds, batch.observations.tokenMask).arraySync();
    // The prompts take 5 columns: the state before action t is in column 4 + t.
    const expected = hidden.map((row) =>
      [4, 5, 6].map(
        (column) => 0.25 + (row[column] as number[]).reduce((sum, h, i) => sum + h * Math.sin(i + 1), 0),
      ),
    );
    expect(value.values(batch)).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
  });
  it("gives a successor's value, and 0 where the text ended or is padding", () => {
    const value = create();
    wake(value.parameters);
    const batch = rollout();
    const { values, nextValues } = value.valuesAndNext(batch);
    expect(values).toBeAllClose(value.values(batch), { rtol: 1e-4, atol: 1e-5 });
    const [v, next] = [values.arraySync(), nextValues.arraySync()];
    expect(next[0]?.slice(0, 2)).toBeAllClose(v[0]?.slice(1) as number[], { rtol: 1e-5 });
    expect(next[0]?.[2]).toBe(0);
    expect(next[1]?.[0]).toBeCloseTo(v[1]?.[1] as number, 4);
    expect(next[1]?.[1]).toBeCloseTo(v[1]?.[2] as number, 4); // truncated: the value after the last token counts
    expect(next[1]?.[2]).toBe(0);
    expect(next[2]).toEqual([0, 0, 0]);
  });
  it("learns in trunk and head", () => {
    const value = create();
    wake(value.parameters);
    const batch = rollout();
    const { gradients } = valueAndGradients(
      () => ({ loss: tf.sum(tf.square(value.values(batch))) as tf.Scalar }),
      value.parameters,
    );
    for (const [name, gradient] of Object.entries(gradients)) {
      expect(tf.max(tf.abs(gradient)).dataSync()[0], name).toBeGreaterThan(0);
    }
  });
  it("saves and restores, and leaks nothing", async () => {
    const [value, other] = [create(), create()];
    wake(value.parameters);
    const batch = rollout();
    other.restore(await value.state());
    expect(other.values(batch)).toBeAllClose(value.values(batch), { rtol: 0, atol: 0 });
    await expectNoLeak(() => value.values(batch));
    await expectNoLeak(() => value.valuesAndNext(batch));
  });
});

describe("createValueHead", () => {
  it("gives values and log-probabilities from one forward pass", () => {
    const policy = createTextPolicy(tinyTransformer(), { temperature: 0.7 });
    const value = createValueHead(policy);
    wake(value.parameters);
    const batch = rollout();
    const joint = value.evaluateJointly(batch, { entropy: true });
    expect(joint.values).toBeAllClose(value.values(batch), { rtol: 0, atol: 0 });
    const alone = policy.evaluate(batch, { entropy: true });
    expect(joint.logProbs).toBeAllClose(alone.logProbs, { rtol: 0, atol: 0 });
    expect(joint.entropy as tf.Tensor).toBeAllClose(alone.entropy as tf.Tensor, { rtol: 0, atol: 0 });
  });
  it("shares the policy's variables, so that together they are listed once", () => {
    const policy = createTextPolicy(tinyTransformer());
    const value = createValueHead(policy);
    const merged = mergeParameters({ policy: policy.parameters, value: value.parameters });
    expect(Object.keys(merged)).toHaveLength(Object.keys(policy.parameters).length + 2);
    value.dispose();
    expect(policy.parameters.norm?.isDisposed).toBe(false);
  });
});
