import { disposeRollout, InvalidArgumentError, NonFiniteError } from "@accord-rl/core";
import { sgd } from "@accord-rl/learning";
import { gatherRows, scaleToUnitVariance, sequenceMean, tokenMean } from "@accord-rl/math";
import { stepRows } from "@accord-rl/policy-gradient";
import { createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/update.json" with { type: "json" };
import type { PpoOptions } from "./index.ts";
import {
  goldenPpo,
  goldenReference,
  goldenRollout,
  type TabularRollout,
  testRegularizer,
} from "./test-parts.ts";

const run = async (
  parts: Parameters<typeof goldenPpo>[0] = {},
  rollout: TabularRollout = goldenRollout(),
) => {
  const { ppo, tables } = goldenPpo(parts);
  const stats = await ppo.update(rollout);
  return { stats, ...tables() };
};

const mapRollout = (rollout: TabularRollout, fn: (tensor: tf.Tensor2D) => tf.Tensor2D): TabularRollout => {
  const { observations, actions, behaviourLogProbs, rewards, valid, mask, terminated, truncated } = rollout;
  const map = <T extends Record<string, tf.Tensor>>(tensors: T): T =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, fn(tensor as tf.Tensor2D)]),
    ) as T;
  return {
    ...rollout,
    observations: map({ ...observations }),
    ...map({ actions, behaviourLogProbs, rewards, valid, mask, terminated, truncated }),
  };
};

describe("whole updates agree with PyTorch", () => {
  test.each(golden.cases)("$options", async ({ options: o, outputs }) => {
    const options: Partial<PpoOptions> = {
      clipEpsilon: o.clip,
      valueClipEpsilon: o.value_clip,
      valueCoefficient: o.value_coefficient,
      entropyCoefficient: o.entropy_coefficient,
      discount: o.discount,
      gaeLambda: o.lam,
      epochs: o.epochs,
      aggregation: o.sequence_mean ? sequenceMean : tokenMean,
    };
    const { stats, logits, values } = await run({
      optimizer: sgd({ learningRate: o.lr }),
      regularizer: testRegularizer(goldenReference(), "reward", o.beta),
      options,
    });
    expect(logits).toBeAllClose(outputs.logits, { rtol: 1e-5, atol: 2e-6 });
    expect(values).toBeAllClose(outputs.values, { rtol: 1e-5, atol: 2e-6 });
    expect(stats.loss).toBeAllClose(outputs.meanLoss, { rtol: 1e-5, atol: 2e-6 });
  });
});

describe("what must not matter", () => {
  const options: Partial<PpoOptions> = { entropyCoefficient: 0.01, epochs: 2 };

  test.each(["reward", "loss"] as const)("compiling, with the KL in the %s", async (placement) => {
    const regularizer = () => testRegularizer(goldenReference(), placement, 0.3);
    const plain = await run({ options, regularizer: regularizer() });
    const compiled = await run({ options, regularizer: regularizer(), compile: createCompile() });
    expect(compiled.logits).toBeAllClose(plain.logits);
    expect(compiled.values).toBeAllClose(plain.values);
    for (const [name, value] of Object.entries(plain.stats)) {
      expect(compiled.stats[name]!, name).toBeAllClose(value, { atol: 1e-5 });
    }
  });

  test.each([1, 2, 3, 4])("micro-batches of %d rows", async (microBatchSize) => {
    const regularizer = () => testRegularizer(goldenReference(), "loss", 0.3);
    const whole = await run({ options, regularizer: regularizer() });
    const cut = await run({ options: { ...options, microBatchSize }, regularizer: regularizer() });
    expect(cut.logits).toBeAllClose(whole.logits, { rtol: 1e-6 });
    expect(cut.values).toBeAllClose(whole.values, { rtol: 1e-6 });
    for (const name of Object.keys(whole.stats)) {
      expect(cut.stats[name], name).toBeAllClose(whole.stats[name]!, { rtol: 1e-5 });
    }
  });

  test("the order of the rows", async () => {
    const whole = await run({ options });
    const rollout = mapRollout(goldenRollout(), (tensor) => gatherRows({ tensor }, [3, 0, 4, 2, 1]).tensor);
    const permuted = await run({ options }, rollout);
    expect(permuted.logits).toBeAllClose(whole.logits);
    expect(permuted.values).toBeAllClose(whole.values);
  });

  test("more padding", async () => {
    const whole = await run({ options });
    const rollout = mapRollout(goldenRollout(), (tensor) =>
      tf.pad(tensor, [
        [0, 0],
        [0, 3],
      ]),
    );
    // Row 0 went on at the end of its rollout; what ends it now is that the next step is not valid.
    const padded = await run({ options }, rollout);
    expect(padded.logits).toBeAllClose(whole.logits);
    expect(padded.values).toBeAllClose(whole.values);
  });

  test("what stands in the padding", async () => {
    const whole = await run({ options });
    const { valid } = goldenRollout();
    const noise = tf.mul(tf.sub(1, valid), 7.5) as tf.Tensor2D;
    const { rewards, behaviourLogProbs } = goldenRollout();
    const noisy = await run(
      { options },
      goldenRollout({ rewards: tf.add(rewards, noise), behaviourLogProbs: tf.sub(behaviourLogProbs, noise) }),
    );
    expect(noisy.logits).toBeAllClose(whole.logits);
    expect(noisy.values).toBeAllClose(whole.values);
  });

  test("rows of steps or of sequences, where one minibatch takes all", async () => {
    const sequences = await run({ options });
    const steps = await run({ options, rows: stepRows });
    const stepsInParts = await run({ options: { ...options, microBatchSize: 3 }, rows: stepRows });
    for (const { logits, values } of [steps, stepsInParts]) {
      expect(logits).toBeAllClose(sequences.logits);
      expect(values).toBeAllClose(sequences.values);
    }
  });

  test("a sample that takes no part, but for the batch that it leaves", async () => {
    const { mask } = goldenRollout();
    const without = tf.mul(mask, tf.tensor2d([[1], [1], [0], [1], [1]])) as tf.Tensor2D;
    const abstained = await run({ options }, goldenRollout({ mask: without }));
    const rollout = mapRollout(goldenRollout(), (tensor) => gatherRows({ tensor }, [0, 1, 3, 4]).tensor);
    const removed = await run({ options }, rollout);
    expect(abstained.logits).toBeAllClose(removed.logits);
    expect(abstained.values).toBeAllClose(removed.values);
    expect(abstained.stats.reward).toBeAllClose(removed.stats.reward!);
  });
});

test("the first step is the policy gradient of the whitened advantages", async () => {
  // ε = ∞ changes nothing at ratio 1, nor does the clip: one epoch of each.
  const one = { epochs: 1, valueClipEpsilon: null };
  const clipped = await run({ options: { ...one, clipEpsilon: 1e-3 } });
  const free = await run({ options: { ...one, clipEpsilon: Number.POSITIVE_INFINITY } });
  expect(clipped.logits).toBeAllClose(free.logits);
});

test("whitening each minibatch is whitening the batch, where there is one minibatch only", async () => {
  const minibatch = { variance: "biased", scope: "minibatch" } as const;
  const [batch, single] = [await run(), await run({ options: { whitening: minibatch } })];
  expect(single.logits).toBeAllClose(batch.logits);
  const two = { minibatches: 2, epochs: 1 };
  const [whole, each] = [
    await run({ options: two }),
    await run({ options: { ...two, whitening: minibatch } }),
  ];
  expect(each.logits).not.toBeAllClose(whole.logits, { rtol: 1e-2 });
});

test("scaled rewards have variance 1 and keep their mean; the logged reward is the raw one", async () => {
  const { rewards, valid } = goldenRollout();
  const expected = await run({}, goldenRollout({ rewards: scaleToUnitVariance(rewards, valid) }));
  const { stats, logits, values } = await run({ options: { scaleRewards: true } });
  expect(logits).toBeAllClose(expected.logits);
  expect(values).toBeAllClose(expected.values);
  expect(stats.reward).toBeAllClose(tf.div(tf.sum(rewards), 5));
});

test("scaled rewards keep those that arrive at a tool's step", async () => {
  const { rewards, valid } = goldenRollout();
  const rest = valid.shape[1] - 2;
  const mask = tf.mul(valid, tf.tensor2d([[1, 0, ...Array<number>(rest).fill(1)]])) as tf.Tensor2D;
  const scaled = scaleToUnitVariance(rewards, valid);
  const expected = await run({}, goldenRollout({ mask, rewards: scaled }));
  const { logits, values } = await run({ options: { scaleRewards: true } }, goldenRollout({ mask }));
  expect(logits).toBeAllClose(expected.logits);
  expect(values).toBeAllClose(expected.values);
});

test("minibatches: one optimizer step each, every row once per epoch", async () => {
  const { ppo, policy } = goldenPpo({ options: { epochs: 3, minibatches: 2 } });
  const seen: number[] = [];
  const evaluate = policy.evaluate;
  policy.evaluate = (batch, request) => {
    seen.push(batch.actions.shape[0]);
    return evaluate(batch, request);
  };
  const { epochs } = await ppo.update(goldenRollout());
  // 2 + 3 rows, three times (gradients evaluate once each).
  expect(seen).toEqual([2, 3, 2, 3, 2, 3]);
  expect(epochs).toBe(3);
});

test("stops before the step of a minibatch that has moved too far", async () => {
  const far = { optimizer: sgd({ learningRate: 20 }) };
  const { stats } = await run({ ...far, options: { epochs: 4, maxApproxKl: 0.05 } });
  const one = await run({ ...far, options: { epochs: 1 } });
  const stopped = await run({ ...far, options: { epochs: 4, maxApproxKl: 0.05 } });
  expect(stats.epochs).toBe(1);
  expect(stopped.logits).toEqual(one.logits);
});

test("a penalty in the loss pulls towards the reference; in the reward it is subtracted before whitening", async () => {
  const distance = ({ logits }: { logits: number[][] }) => {
    const policyLogs = tf.logSoftmax(tf.tensor2d(logits));
    const reference = tf.tensor2d(golden.inputs.reference);
    return tf.sum(tf.mul(tf.exp(policyLogs), tf.sub(policyLogs, reference))).dataSync()[0]!;
  };
  const none = await run();
  const pulled = await run({ regularizer: testRegularizer(goldenReference(), "loss", 1) });
  const pushed = await run({ regularizer: testRegularizer(goldenReference(), "loss", -1) });
  expect(distance(pulled)).toBeLessThan(distance(none));
  expect(distance(pushed)).toBeGreaterThan(distance(none));
});

test("reports the KL per sequence to the regularizer, and the coefficient that was used", async () => {
  const regularizer = testRegularizer(goldenReference(), "reward", 0.25);
  const { stats } = await run({ regularizer });
  const { behaviourLogProbs, reference, states, actions, valid } = golden.inputs;
  const perRow = behaviourLogProbs.map((row, b) =>
    row.reduce(
      (sum, logProb, t) => sum + (logProb - reference[states[b]![t]!]![actions[b]![t]!]!) * valid[b]![t]!,
      0,
    ),
  );
  const expected = perRow.reduce((sum, value) => sum + value, 0) / 5;
  expect(stats.klNats).toBeAllClose(expected);
  expect(stats.klCoefficient).toBe(0.25);
  expect(regularizer.observed).toEqual([{ klNats: stats.klNats, sequences: 5 }]);
});

test("an SFT mix adds γ times the gradient of the mean −log π", async () => {
  const next = () => ({
    observations: {
      states: tf.tensor2d([[2, 1]], [1, 2], "int32"),
      nextStates: tf.zeros([1, 2], "int32") as tf.Tensor2D,
    },
    actions: tf.tensor2d([[0, 1]], [1, 2], "int32"),
    mask: tf.tensor2d([[1, 0]]),
  });
  const one = { epochs: 1 };
  const plain = await run({ options: one });
  const { stats, logits } = await run({ options: one, sftMix: { coefficient: 2, next } });
  const { logits: start } = golden.inputs;
  const row = tf.softmax(tf.tensor1d(start[2]!)).arraySync() as number[];
  // −d/dlogits of −log π(0|2), times γ and the learning rate: 2·.5·(onehot − π).
  const moved = row.map((p, action) => plain.logits[2]![action]! + (action === 0 ? 1 : 0) - p);
  expect(logits[2]!).toBeAllClose(moved);
  expect([logits[0], logits[1], logits[3]]).toBeAllClose([
    plain.logits[0]!,
    plain.logits[1]!,
    plain.logits[3]!,
  ]);
  expect(stats.sftLoss).toBeAllClose(-Math.log(row[0]!));
});

test.each([0, -1, Number.NaN])("refuses an SFT mix of coefficient %d when built", (coefficient) => {
  const next = () => {
    throw new Error("never asked");
  };
  expect(() => goldenPpo({ sftMix: { coefficient, next } })).toThrow(InvalidArgumentError);
});

test("one optimizer for each, where asked", async () => {
  const joint = await run();
  const split = await run({ valueOptimizer: sgd({ learningRate: 0.5 }) });
  const still = await run({ valueOptimizer: sgd({ learningRate: 1e-9 }) });
  expect(split.logits).toEqual(joint.logits);
  expect(split.values).toEqual(joint.values);
  expect(still.logits).toEqual(joint.logits);
  expect(still.values).toBeAllClose(golden.inputs.values, { atol: 1e-6 });
});

test("a shared trunk is evaluated once", async () => {
  const joint = await run();
  const { ppo, policy, values, tables } = goldenPpo();
  let calls = 0;
  values.evaluateJointly = (batch, request) => {
    calls += 1;
    return { ...policy.evaluate(batch, request), values: values.values(batch) };
  };
  await ppo.update(goldenRollout());
  expect(calls).toBe(4);
  expect(tables()).toEqual({ logits: joint.logits, values: joint.values });
});

describe("a rollout that was not sampled from this policy", () => {
  const shifted = () =>
    goldenRollout({ behaviourLogProbs: tf.add(goldenRollout().behaviourLogProbs, -0.01) });

  test.each([null, 2])("is refused, and nothing is changed (micro-batches of %j)", async (microBatchSize) => {
    const { ppo, tables } = goldenPpo({ options: { microBatchSize } });
    const before = { tables: tables(), state: await ppo.state() };
    const error: unknown = await ppo.update(shifted()).catch((e) => e);
    expect(InvalidArgumentError.isInstance(error) && error.message).toMatch(
      /differ from 1 by up to 0\.0101 .* temperature/,
    );
    expect(tables()).toEqual(before.tables);
    expect(await ppo.state()).toEqual(before.state);
  });

  test("is corrected with a warning, where that is asked for", async () => {
    const warnings: string[] = [];
    const options = { behaviourMismatch: "warn-and-truncate", epochs: 1 } as const;
    const onWarning = (message: string) => warnings.push(message);
    const { stats, logits } = await run({ options, onWarning }, shifted());
    expect(warnings).toEqual([expect.stringMatching(/0\.0101 .*truncated at 2/)]);
    expect(stats.ratioDeviation).toBeCloseTo(Math.exp(0.01) - 1, 5);
    // Weights e^.01 everywhere: the policy's step is that much longer.
    const exact = await run({ options: { epochs: 1 } });
    const start = tf.tensor2d(golden.inputs.logits);
    const step = tf.mul(tf.sub(tf.tensor2d(exact.logits), start), Math.exp(0.01));
    expect(logits).toBeAllClose(tf.add(start, step), { atol: 2e-6 });
  });

  test("its weights are truncated at 2", async () => {
    const options = { behaviourMismatch: "warn-and-truncate", epochs: 1 } as const;
    const unlikely = (nats: number) =>
      run({ options }, goldenRollout({ behaviourLogProbs: tf.sub(goldenRollout().behaviourLogProbs, nats) }));
    expect((await unlikely(3)).logits).toBeAllClose((await unlikely(Math.log(2))).logits);
  });
});

describe("bad batches end in one clear error", () => {
  test("no behaviour log-probs", async () => {
    const { behaviourLogProbs, ...logged } = goldenRollout();
    behaviourLogProbs.dispose();
    await expect(goldenPpo().ppo.update(logged)).rejects.toThrow(/no behaviourLogProbs.*logged data/);
  });

  test("nothing takes part", async () => {
    const rollout = goldenRollout({ mask: tf.zeros([5, 4]) });
    await expect(goldenPpo().ppo.update(rollout)).rejects.toThrow(/mask is 0 everywhere/);
  });

  test("more minibatches than rows", async () => {
    const { ppo } = goldenPpo({ options: { minibatches: 6 } });
    await expect(ppo.update(goldenRollout())).rejects.toThrow(
      /5 rows, expected at least one for each of the 6/,
    );
  });

  test("a reward that is NaN: named, and nothing is learned from it", async () => {
    const { ppo, tables } = goldenPpo();
    const before = tables();
    const error: unknown = await ppo
      .update(goldenRollout({ rewards: tf.fill([5, 4], Number.NaN) }))
      .catch((e) => e);
    expect(NonFiniteError.isInstance(error), String(error)).toBe(true);
    expect(tables()).toEqual(before);
  });
});

test("an update leaves no tensor behind, whichever way it ends", async () => {
  const regularizer = testRegularizer(goldenReference(), "loss", 0.1);
  const options = { minibatches: 2, microBatchSize: 2, entropyCoefficient: 0.01, maxApproxKl: 10 };
  const { ppo } = goldenPpo({ optimizer: sgd({ learningRate: 1e-6 }), regularizer, options });
  const rollout = goldenRollout();
  await expectNoLeak(() => ppo.update(rollout));
  const wrong = { ...rollout, behaviourLogProbs: rollout.rewards };
  await expectNoLeak(() => ppo.update(wrong).catch(() => undefined));
  disposeRollout(rollout);
});
