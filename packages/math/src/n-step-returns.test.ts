import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import golden from "./__fixtures__/advantages.json" with { type: "json" };
import { nStepReturns } from "./n-step-returns.ts";
import { type AdvantageInputs, gae } from "./returns.ts";

const tensor = (rows: readonly (readonly number[])[]): tf.Tensor2D =>
  tf.tensor2d(rows.map((row) => [...row]));

/** Terminated, truncated, padded and tool steps in one batch. */
const { discount } = golden.inputs;
const inputs: AdvantageInputs = {
  rewards: tensor(golden.inputs.rewards),
  values: tensor(golden.inputs.values),
  nextValues: tensor(golden.inputs.nextValues),
  valid: tensor(golden.inputs.valid),
  mask: tensor(golden.inputs.mask),
  terminated: tensor(golden.inputs.terminated),
  truncated: tensor(golden.inputs.truncated),
};

const row = (changes: Partial<AdvantageInputs> = {}): AdvantageInputs => ({
  rewards: tensor([[1, 2, 4]]),
  values: tensor([[1, 1, 1]]),
  nextValues: tensor([[10, 20, 40]]),
  valid: tf.ones([1, 3]),
  mask: tf.ones([1, 3]),
  terminated: tf.zeros([1, 3]),
  truncated: tf.zeros([1, 3]),
  ...changes,
});

test("by hand: two steps at γ = 0.5", () => {
  // 1 + 0.5·2 + 0.25·20 = 7; 2 + 0.5·4 + 0.25·40 = 14; the last has one step: 4 + 0.5·40 = 24
  const { returns, advantages } = nStepReturns(row(), { discount: 0.5, steps: 2 });
  expect(returns).toBeAllClose([[7, 14, 24]]);
  expect(advantages).toBeAllClose([[6, 13, 23]]);
});

test("an end stops it: a terminated step has no value after it, a truncated one has", () => {
  // Ends after step 1: 1 + 0.5·2 = 2, 2; truncated there: 1 + 0.5·(2 + 0.5·20) = 7, 2 + 0.5·20 = 12.
  const at = tensor([[0, 1, 0]]);
  const three = { discount: 0.5, steps: 3 };
  expect(nStepReturns(row({ terminated: at }), three).returns).toBeAllClose([[2, 2, 24]]);
  expect(nStepReturns(row({ truncated: at }), three).returns).toBeAllClose([[7, 12, 24]]);
});

test("a tool's step is passed through and does not count", () => {
  // Steps 0 and 2 are the policy's: 1 + 2 + 0.5·20 = 13 with one step, 1 + 2 + 0.5·(4 + 0.5·40) = 15 with two.
  const tool = row({ mask: tensor([[1, 0, 1]]) });
  expect(nStepReturns(tool, { discount: 0.5, steps: 1 }).returns).toBeAllClose([[13, 0, 24]]);
  expect(nStepReturns(tool, { discount: 0.5, steps: 2 }).returns).toBeAllClose([[15, 0, 24]]);
});

test("one step is λ = 0, as many as there are is λ = 1", () => {
  for (const [steps, gaeLambda] of [
    [1, 0],
    [64, 1],
  ] as const) {
    const expected = gae(inputs, { discount, gaeLambda });
    const actual = nStepReturns(inputs, { discount, steps });
    expect(actual.returns).toBeAllClose(expected.returns, { atol: 1e-5 });
    expect(actual.advantages).toBeAllClose(expected.advantages, { atol: 1e-5 });
  }
});

test("λ-returns are the mean of n-step returns with weights (1 − λ)·λⁿ⁻¹", () => {
  const [length, gaeLambda] = [inputs.rewards.shape[1], 0.6];
  // No tool steps: they would take different numbers of columns.
  const plain = { ...inputs, mask: inputs.valid };
  const mean = Array.from({ length }, (_, i) => i + 1).reduce<tf.Tensor>((sum, steps) => {
    const weight = (steps === length ? 1 : 1 - gaeLambda) * gaeLambda ** (steps - 1);
    return tf.add(sum, tf.mul(nStepReturns(plain, { discount, steps }).returns, weight));
  }, tf.zerosLike(plain.rewards));
  expect(mean).toBeAllClose(gae(plain, { discount, gaeLambda }).returns, { atol: 1e-5 });
});

test("leaks nothing, and refuses what it can't use", async () => {
  await expectNoLeak(() => nStepReturns(inputs, { discount, steps: 3 }));
  expect(() => nStepReturns({ ...inputs, values: tf.zeros([6, 8]) }, { discount, steps: 2 })).toThrow(
    ShapeError,
  );
  for (const steps of [0, 1.5, Number.NaN]) {
    expect(() => nStepReturns(inputs, { discount, steps })).toThrow(InvalidArgumentError);
  }
});
