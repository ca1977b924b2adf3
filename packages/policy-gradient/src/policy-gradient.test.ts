import { createRandom, disposeRollout, InvalidArgumentError } from "@accord-rl/core";
import { adam, type OptimizerFactory, sgd } from "@accord-rl/learning";
import { discountedReturns, tokenMean } from "@accord-rl/math";
import {
  bandit,
  climbing,
  createTabularPolicy,
  createTabularRollout,
  createTabularValues,
} from "@accord-rl/testing";
import { describe, expect, test } from "vitest";
import {
  type CommonOptions,
  commonRules,
  createPolicyGradient,
  onePass,
  overEpochs,
  type PassTools,
  policyGradientLoss,
  resolveOptions,
} from "./index.ts";

const defaults: CommonOptions = {
  valueCoefficient: 1,
  entropyCoefficient: 0,
  microBatchSize: null,
  aggregation: tokenMean,
  whitening: { scope: "batch" },
  scaleRewards: false,
  behaviourMismatch: "error",
};

/** Somebody's own algorithm, without a value function. */
const createOwn = (optimizer: OptimizerFactory) =>
  createPolicyGradient(
    { policy: createTabularPolicy([[0, 0, 0]]), optimizer },
    {
      name: "own",
      options: defaults,
      estimate: (batch) => {
        const returns = discountedReturns(batch, { discount: 1 });
        return { advantages: returns, returns };
      },
      loss: ({ logProbs }, { advantages }) => ({
        policyLoss: policyGradientLoss({ logProbs, advantages }),
        metrics: { surprise: policyGradientLoss({ logProbs, advantages: advantages }) },
      }),
      passes: onePass,
    },
  );

const learn = async (optimizer: OptimizerFactory) => {
  const own = createOwn(optimizer);
  for (let update = 0; update < 40; update++) {
    const rollout = await createTabularRollout({ policy: own.actor, task: bandit([0, 0.2, 1]), size: 30 });
    await own.update(rollout);
    disposeRollout(rollout);
  }
  return (await own.actor.probabilities())[0]!;
};

describe("an algorithm of one's own", () => {
  test("learns; with a flipped sign it does not", async () => {
    const optimizer = adam({ learningRate: 0.2 });
    expect((await learn(optimizer))[2]).toBeGreaterThan(0.9);
    expect((await learn(climbing(optimizer)))[2]).toBeLessThan(0.1);
  });

  test("logs its own numbers, none of a value function, and names its state and its errors", async () => {
    const own = createOwn(sgd({ learningRate: 0.1 }));
    const rollout = await createTabularRollout({ policy: own.actor, task: bandit([0, 1, 2]), size: 6 });
    const stats = await own.update(rollout);
    expect(stats.surprise).toBeAllClose(stats.policyLoss!);
    expect(stats.epochs).toBe(1);
    expect(Object.keys(stats)).not.toEqual(expect.arrayContaining(["valueMean"]));
    expect(Object.keys(stats)).not.toContain("valueLoss");
    const { json } = await own.state();
    expect(json).toEqual({ policy: null, optimizer: { optimizer: "sgd", step: 1 }, own: { updates: 1 } });
    await expect(own.update(rollout)).rejects.toThrow(/^own\.update: importance ratios differ from 1/);
    expect(() => own.restore({ tensors: {}, json: null })).toThrow(/^own\.restore: /);
  });

  test("a critic's optimizer needs a critic", () => {
    const optimizer = sgd({ learningRate: 1 });
    const policy = createTabularPolicy([[0, 0]]);
    const method = {
      name: "own",
      options: defaults,
      estimate: () => {
        throw new InvalidArgumentError({ argument: "", value: 0, message: "not reached" });
      },
      loss: () => {
        throw new InvalidArgumentError({ argument: "", value: 0, message: "not reached" });
      },
      passes: onePass,
    };
    expect(() => createPolicyGradient({ policy, optimizer, valueOptimizer: optimizer }, method)).toThrow(
      /createOwn: got a valueOptimizer/,
    );
    const values = createTabularValues([0]);
    expect(() =>
      createPolicyGradient({ policy, values, optimizer, valueOptimizer: optimizer }, method).dispose(),
    ).not.toThrow();
  });
});

describe("overEpochs", () => {
  const passOver = async (
    options: Partial<Parameters<typeof overEpochs>[0]>,
    changes: Partial<PassTools> = {},
  ) => {
    const seen: number[][] = [];
    const step = async (rows: readonly number[]) => {
      seen.push([...rows]);
      return true;
    };
    const tools = { name: "own", indices: [0, 2, 3, 4, 6], rowCount: 7, step, ...changes };
    const all = { epochs: 1, minibatches: 1, maxApproxKl: null, ...options };
    return { seen, epochs: await overEpochs(all)(tools) };
  };

  test("takes every row once per epoch, in parts that differ by one at most, shuffled", async () => {
    const { seen, epochs } = await passOver({ epochs: 3, minibatches: 2 }, { random: createRandom(1) });
    expect(epochs).toBe(3);
    expect(seen.map((rows) => rows.length)).toEqual([2, 3, 2, 3, 2, 3]);
    for (const epoch of [0, 2, 4]) {
      expect([...seen[epoch]!, ...seen[epoch + 1]!].sort()).toEqual([0, 2, 3, 4, 6]);
    }
    expect(seen[0]).not.toEqual(seen[2]);
  });

  test("stops where a step is not made, and counts those that were", async () => {
    let left = 3;
    const step = async () => left-- > 0;
    expect((await passOver({ epochs: 4, minibatches: 2 }, { step })).epochs).toBe(1.5);
  });

  test("never makes more parts than rows take part; fewer rows than parts is an error", async () => {
    expect((await passOver({ minibatches: 7 })).seen).toEqual([[0], [2], [3], [4], [6]]);
    await expect(passOver({ minibatches: 8 })).rejects.toThrow(
      /own\.update: the rollout has 7 rows.* 8 minibatches/,
    );
  });
});

test("resolveOptions: the defaults with what was given, and nothing that is unknown or impossible", () => {
  const resolve = (given: Partial<CommonOptions>) =>
    resolveOptions({ where: "createOwn", defaults, given, rules: commonRules, nullable: ["microBatchSize"] });
  expect(resolve({ microBatchSize: 3 })).toEqual({ ...defaults, microBatchSize: 3 });
  expect(Object.isFrozen(resolve({}))).toBe(true);
  expect(() => resolve({ valueCoefficient: -1 })).toThrow(
    /createOwn: valueCoefficient is -1, expected a number of 0/,
  );
  expect(() => resolve({ discount: 1 } as never)).toThrow(
    /createOwn: discount is no option, expected one of valueCoefficient/,
  );
});
