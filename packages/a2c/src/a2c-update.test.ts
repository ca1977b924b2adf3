import { createRandom, disposeRollout, InvalidArgumentError } from "@accord-rl/core";
import { adam, rmsProp, sgd } from "@accord-rl/learning";
import { stepRows } from "@accord-rl/policy-gradient";
import {
  climbing,
  createCompile,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
  expectNoLeak,
  identity,
  recordedRollout,
  type TabularObservations,
  type TabularPolicy,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/update.json" with { type: "json" };
import { type A2cOptions, type A2cParts, createA2c } from "./index.ts";

/** r − β·(log π − log π_ref), as a k1 regularizer in the reward would take it. */
const shapedRewards = (beta: number): tf.Tensor2D => {
  const { rewards, behaviourLogProbs, reference, states, actions, valid } = golden.inputs;
  return tf.tensor2d(
    rewards.map((row, b) =>
      row.map(
        (reward, t) =>
          reward -
          beta * valid[b]![t]! * (behaviourLogProbs[b]![t]! - reference[states[b]![t]!]![actions[b]![t]!]!),
      ),
    ),
  );
};

/** Mnih et al. 2016: rewards to the end of the rollout, advantages as they are. */
const paper: Partial<A2cOptions> = { discount: 0.99, gaeLambda: 1, valueCoefficient: 1, whitening: null };

const build = (parts: Partial<A2cParts<TabularObservations, TabularPolicy>> = {}) => {
  const policy = createTabularPolicy(golden.inputs.logits);
  const values = createTabularValues(golden.inputs.values);
  const a2c = createA2c({ policy, values, optimizer: sgd({ learningRate: 0.5 }), options: paper, ...parts });
  const tables = () => ({
    logits: tf.tidy(() => policy.parameters.logits!.arraySync()) as number[][],
    values: Array.from(values.parameters.values!.dataSync()),
  });
  return { a2c, policy, values, tables };
};

const run = async (
  parts: Parameters<typeof build>[0] = {},
  rollout: Parameters<ReturnType<typeof build>["a2c"]["update"]>[0] = recordedRollout(golden.inputs),
) => {
  const { a2c, tables } = build(parts);
  const stats = await a2c.update(rollout);
  return { stats, ...tables() };
};

describe("whole updates agree with PyTorch, RMSProp of TensorFlow 1 included", () => {
  test.each(golden.cases)("$options", async ({ options: o, outputs }) => {
    const options: Partial<A2cOptions> = {
      discount: o.discount,
      gaeLambda: o.lam,
      steps: o.steps,
      valueCoefficient: o.value_coefficient,
      entropyCoefficient: o.entropy_coefficient,
      whitening: o.normalize ? { variance: "unbiased" } : null,
    };
    const { stats, logits, values } = await run(
      {
        optimizer: rmsProp({
          learningRate: o.lr,
          decay: o.decay,
          epsilon: o.epsilon,
          epsilonPlacement: "inside",
          maxGradientNorm: o.max_norm,
        }),
        options,
      },
      recordedRollout(golden.inputs, { rewards: shapedRewards(o.beta) }),
    );
    expect(logits).toBeAllClose(outputs.logits, { atol: 2e-6 });
    expect(values).toBeAllClose(outputs.values, { atol: 2e-6 });
    expect(stats.loss).toBeAllClose(outputs.loss, { atol: 2e-6 });
    expect(stats.gradientNorm).toBeAllClose(outputs.gradientNorm, { atol: 2e-6 });
  });
});

describe("what must not matter", () => {
  const options: Partial<A2cOptions> = { ...paper, entropyCoefficient: 0.01 };

  test.each([1, 2, 4])("micro-batches of %d rows", async (microBatchSize) => {
    const whole = await run({ options });
    const cut = await run({ options: { ...options, microBatchSize } });
    expect(cut.logits).toBeAllClose(whole.logits);
    expect(cut.values).toBeAllClose(whole.values);
  });

  test.each([{}, { steps: 2 }])("compiling, with %j", async (more) => {
    const plain = await run({ options: { ...options, ...more }, rows: stepRows });
    const compiled = await run({
      options: { ...options, ...more },
      rows: stepRows,
      compile: createCompile(),
    });
    expect(compiled.logits).toBeAllClose(plain.logits);
    expect(compiled.values).toBeAllClose(plain.values);
    expect(Object.keys(compiled.stats)).toEqual(Object.keys(plain.stats));
    for (const [name, value] of Object.entries(plain.stats)) {
      expect(compiled.stats[name], name).toBeAllClose(value, { atol: 1e-5 });
    }
  });

  test("rows of steps or of sequences", async () => {
    const whole = await run({ options });
    const steps = await run({ options, rows: stepRows });
    expect(steps.logits).toBeAllClose(whole.logits);
    expect(steps.values).toBeAllClose(whole.values);
  });

  test("a trunk that is shared: one pass gives both", async () => {
    const apart = await run({ options });
    const { a2c, policy, values, tables } = build({ options });
    let calls = 0;
    values.evaluateJointly = (batch, request) => {
      calls += 1;
      return { ...policy.evaluate(batch, request), values: values.values(batch) };
    };
    await a2c.update(recordedRollout(golden.inputs));
    expect(calls).toBe(1);
    expect(tables()).toEqual({ logits: apart.logits, values: apart.values });
  });

  test("an optimizer for the critic alone, at the same rate", async () => {
    const joint = await run();
    const split = await run({ valueOptimizer: sgd({ learningRate: 0.5 }) });
    expect(split.logits).toEqual(joint.logits);
    expect(split.values).toEqual(joint.values);
  });
});

test("advantages are used as they are where whitening is null", async () => {
  const [plain, doubled] = [
    await run(),
    await run({}, recordedRollout(golden.inputs, { rewards: tf.mul(tf.tensor2d(golden.inputs.rewards), 2) })),
  ];
  expect(doubled.logits).not.toBeAllClose(plain.logits, { rtol: 1e-3 });
});

const learn = async (isFlipped: boolean): Promise<number[]> => {
  const zeros = (length: number) => new Array<number>(length).fill(0);
  const policy = createTabularPolicy(Array.from({ length: 4 }, () => zeros(4)));
  const values = createTabularValues(zeros(4));
  const optimizer = adam({ learningRate: 0.1 });
  const options = { ...paper, discount: 0.4, valueCoefficient: 0.5 };
  const a2c = createA2c({ policy, values, optimizer: isFlipped ? climbing(optimizer) : optimizer, options });
  const random = createRandom(2);
  const rewards: number[] = [];
  // 60 updates of 20 steps: the 1200 steps of stable-baselines3's test.
  for (let update = 0; update < 60; update++) {
    const rollout = await createTabularRollout({ policy, task: identity, size: 1, random });
    rewards.push((await a2c.update(rollout)).reward! / identity.steps);
    disposeRollout(rollout);
  }
  return rewards;
};

test("learns the identity task in 1200 steps, and a flipped sign does not", async () => {
  const rewards = await learn(false);
  expect(rewards[0]).toBeLessThan(0.6);
  expect(rewards.at(-1)).toBeGreaterThan(0.9);
  expect((await learn(true)).at(-1)).toBeLessThan(0.1);
});

test("an update leaves no tensor behind", async () => {
  const { a2c } = build({
    optimizer: sgd({ learningRate: 1e-6 }),
    options: { entropyCoefficient: 0.01, steps: 2 },
  });
  const rollout = recordedRollout(golden.inputs);
  await expectNoLeak(() => a2c.update(rollout));
  disposeRollout(rollout);
});

test.each<[string, object, RegExp]>([
  ["discount", { discount: 1.01 }, /discount is 1.01/],
  ["steps", { steps: 0 }, /steps is 0, expected an integer/],
  ["steps", { steps: 5, gaeLambda: 0.9 }, /expected one of them/],
  ["microBatchSize", { microBatchSize: 0.5 }, /microBatchSize/],
  ["clipEpsilon", { clipEpsilon: 0.2 }, /one of discount/],
])("refuses %s in %j when built", (argument, options, message) => {
  const thrown = (() => {
    try {
      return build({ options }) && undefined;
    } catch (error) {
      return error;
    }
  })();
  expect(InvalidArgumentError.isInstance(thrown) && thrown.argument).toBe(argument);
  expect(String(thrown)).toMatch(message);
});
