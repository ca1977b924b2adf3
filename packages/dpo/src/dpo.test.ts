import {
  InvalidArgumentError,
  type Learner,
  NonFiniteError,
  type PreferencePair,
  type State,
} from "@accord-rl/core";
import { adam, linearSchedule, type OptimizerFactory, sgd } from "@accord-rl/math";
import {
  createCompile,
  createTabularPolicy,
  expectNoLeak,
  type TabularObservations,
  type TabularPolicy,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test } from "vitest";
import {
  createDpo,
  dpoLoss,
  ipoLoss,
  orpoLoss,
  type PreferenceOptions,
  precomputeReference,
  simPoLoss,
} from "./index.ts";
import { createPolicy, exactPairs, layOut, responseProbabilities } from "./test-language.ts";

const parts: { dispose(): void }[] = [];
const later = <T extends { dispose(): void }>(part: T): T => {
  parts.push(part);
  return part;
};
afterEach(() => {
  for (const part of parts.splice(0)) part.dispose();
});

/** Of different lengths, labels and weights. */
const pairs: PreferencePair[] = [
  { preferred: [5, 0, 1], rejected: [5, 1], completionStart: 1, probability: 0.9, weight: 2 },
  { preferred: [5, 5, 1, 0], rejected: [5, 5, 0, 0], completionStart: 2 },
  { preferred: [5, 1], rejected: [5, 0], completionStart: 1, probability: 0.5, weight: 0.5 },
  { preferred: [5, 1, 1], rejected: [5, 0, 1], completionStart: 1, probability: 0.2 },
  { preferred: [5, 0, 0], rejected: [5, 1, 1], completionStart: 1, weight: 0 },
];

const losses = {
  DPO: dpoLoss({ beta: 0.3 }),
  "conservative DPO": dpoLoss({ beta: 0.3, labelSmoothing: 0.1 }),
  IPO: ipoLoss({ beta: 0.4 }),
  "IPO per token": ipoLoss({ beta: 0.4, isLengthNormalized: true }),
  SimPO: simPoLoss(),
  ORPO: orpoLoss(),
};
type LossName = keyof typeof losses;
const names = Object.keys(losses) as LossName[];

interface Setting {
  readonly optimizer?: OptimizerFactory;
  readonly options?: Partial<PreferenceOptions>;
  readonly compile?: ReturnType<typeof createCompile>;
}
const build = (name: LossName, { optimizer = adam({ learningRate: 0.05 }), ...more }: Setting = {}) => {
  const policy = later(
    createPolicy([
      [0.4, 0.6],
      [0.3, 0.7],
      [0.8, 0.2],
    ]),
  );
  const common = { policy, optimizer, layOut, ...more };
  const loss = losses[name];
  const dpo = loss.needsReference
    ? createDpo({ ...common, loss, reference: later(createPolicy()) })
    : createDpo({ ...common, loss });
  return { policy, dpo: later(dpo) };
};

const run = async (learner: Learner<readonly PreferencePair[]>, updates: number) => {
  const log = [];
  for (let update = 0; update < updates; update++) log.push(await learner.update(pairs));
  return log;
};

describe.each(names)("%s", (name) => {
  test("the size of micro-batches changes nothing; examples without weight take no part", async () => {
    const whole = build(name);
    const parted = build(name, { options: { microBatchSize: 2 } });
    const dropped = build(name);
    const [one, two] = [await run(whole.dpo, 3), await run(parted.dpo, 3)];
    const three = [];
    for (let update = 0; update < 3; update++) three.push(await dropped.dpo.update(pairs.slice(0, 4)));
    for (const [i, stats] of one.entries()) {
      expect(Object.values(two[i]!)).toBeAllClose(Object.values(stats));
      const { accuracy: _, ...rest } = stats;
      const { accuracy: __, ...others } = three[i]!;
      expect(Object.values(others)).toBeAllClose(Object.values(rest));
    }
    expect(await parted.policy.probabilities()).toBeAllClose(await whole.policy.probabilities());
  });

  test("restored into a fresh one it continues bit for bit", async () => {
    const original = build(name);
    await run(original.dpo, 2);
    const saved = structuredClone(await original.dpo.state()) as State;
    const resumed = build(name);
    await run(resumed.dpo, 1);
    resumed.dpo.restore(saved);
    expect(await run(resumed.dpo, 3)).toEqual(await run(original.dpo, 3));
    expect(await resumed.dpo.state()).toEqual(await original.dpo.state());
  });

  test("compiled it does the same", async () => {
    const [plain, compiled] = [build(name), build(name, { compile: createCompile() })];
    const [one, two] = [await run(plain.dpo, 3), await run(compiled.dpo, 3)];
    for (const [i, stats] of one.entries()) expect(Object.values(two[i]!)).toBeAllClose(Object.values(stats));
  });

  test("nothing is left behind", async () => {
    const { dpo } = build(name, { options: { microBatchSize: 2 } });
    await run(dpo, 1);
    await expectNoLeak(async () => {
      await run(dpo, 2);
    });
  });

  test("learns which response is better; climbing the loss unlearns it", async () => {
    const clear = exactPairs([[0], [1]], [0, 3]).map((pair) => ({ ...pair, probability: 1 }));
    const shareOf = async (direction: 1 | -1) => {
      const steps = sgd({ learningRate: 0.2 });
      const { dpo, policy } = build(name, {
        optimizer: (parameters) => {
          const optimizer = steps(parameters);
          const apply: typeof optimizer.apply = (gradients) =>
            tf.tidy(() =>
              optimizer.apply(
                Object.fromEntries(Object.entries(gradients).map(([key, x]) => [key, tf.mul(x, direction)])),
              ),
            );
          return { ...optimizer, apply };
        },
      });
      for (let update = 0; update < 20; update++) await dpo.update(clear);
      return (await policy.probabilities())[0]![1]!;
    };
    expect(await shareOf(1)).toBeGreaterThan(0.65);
    expect(await shareOf(-1)).toBeLessThan(0.55);
  });
});

test("the numbers it logs, by hand", async () => {
  // β = 1. Response 1: log .6/.5 = .182322; response 0: log .4/.5 = −.223144. Gap .405465, σ = .6.
  const policy = later(createTabularPolicy([[Math.log(0.4), Math.log(0.6)]]));
  const reference = later(createTabularPolicy([[0, 0]]));
  const optimizer = sgd({ learningRate: 1e-9 });
  const dpo = later(createDpo({ policy, reference, loss: dpoLoss({ beta: 1 }), optimizer, layOut }));
  const pair = { preferred: [9, 1], rejected: [9, 0], completionStart: 1 };
  expect(await dpo.update([pair])).toEqual({
    loss: expect.closeTo(-Math.log(0.6), 5),
    accuracy: 1,
    margin: expect.closeTo(0.405465, 5),
    preferredReward: expect.closeTo(0.182322, 5),
    rejectedReward: expect.closeTo(-0.223144, 5),
    // ∂L/∂logits = ∓.4.
    gradientNorm: expect.closeTo(0.4 * Math.SQRT2, 5),
    learningRate: 1e-9,
  });
  const mixed = [pair, { ...pair, probability: 0.5 }, { ...pair, probability: 0.1 }];
  expect((await dpo.update(mixed)).accuracy).toBeCloseTo(0.5, 6);
});

test("a reference worked out beforehand gives the same, and may be gone", async () => {
  const live = build("DPO");
  const policy = later(live.policy.clone());
  const frozen = createPolicy();
  const reference = await precomputeReference({
    reference: frozen,
    pairs,
    layOut,
    options: { microBatchSize: 3 },
  });
  frozen.dispose();
  const loss = losses.DPO;
  const optimizer = adam({ learningRate: 0.05 });
  const dpo = later(createDpo({ policy, reference, loss, optimizer, layOut }));
  const [one, two] = [await run(live.dpo, 3), await run(dpo, 3)];
  for (const [i, stats] of one.entries()) expect(Object.values(two[i]!)).toBeAllClose(Object.values(stats));
  // Copies are known by their tokens; others are not known.
  const [first] = structuredClone(pairs) as [PreferencePair];
  await dpo.update([first]);
  const before = await dpo.state();
  await expect(dpo.update([{ ...first, preferred: [5, 1, 1, 0] }])).rejects.toThrow(
    /was not among the pairs/,
  );
  expect(await dpo.state()).toEqual(before);
});

/** Descends to the minimum, where the gradient is exact and small: no noise. */
const optimum = async (
  policy: TabularPolicy,
  { reference, data, beta }: { reference: TabularPolicy; data: PreferencePair[]; beta: number },
) => {
  const updates = 100;
  const optimizer = adam({ learningRate: linearSchedule({ from: 0.3, to: 0, steps: updates }) });
  const dpo = createDpo({ policy, reference, loss: dpoLoss({ beta }), optimizer, layOut });
  for (let update = 0; update < updates; update++) await dpo.update(data);
  dpo.dispose();
};

describe("on exact Bradley-Terry preferences DPO reaches the Gibbs optimum", () => {
  test.each([
    [1, [0.179, 0.291944, 0.529056]],
    [0.5, [0.036667, 0.162559, 0.800774]],
  ])("one token out of three, β = %d", async (beta, expected) => {
    const policy = later(createPolicy([[0.5, 0.3, 0.2]]));
    const data = exactPairs([[0], [1], [2]], [0, 1, 2]);
    await optimum(policy, { reference: later(policy.clone()), data, beta });
    expect((await policy.probabilities())[0]!).toBeAllClose(expected, { atol: 0.005 });
  });

  const twoTokens = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const gibbs = [0.142937, 0.388543, 0.257286, 0.211234];

  test("two tokens: the KL is that of whole responses", async () => {
    const policy = later(createPolicy());
    const data = exactPairs(twoTokens, [0, 1, 0, 2]);
    await optimum(policy, { reference: later(policy.clone()), data, beta: 1 });
    expect(await responseProbabilities(policy)).toBeAllClose(gibbs, { atol: 0.005 });
  });

  test("with the labels the wrong way round it ends elsewhere", async () => {
    const policy = later(createPolicy());
    const data = exactPairs(twoTokens, [0, 1, 0, 2]).map((pair) => ({
      ...pair,
      probability: 1 - pair.probability!,
    }));
    await optimum(policy, { reference: later(policy.clone()), data, beta: 1 });
    const learned = await responseProbabilities(policy);
    expect(Math.max(...learned.map((value, i) => Math.abs(value - gibbs[i]!)))).toBeGreaterThan(0.1);
  });
});

describe("refuses", () => {
  const optimizer = sgd({ learningRate: 0.1 });
  const policy = () => later(createPolicy());

  test("a reference where the loss takes none, none where it needs one, and a regularizer", () => {
    const [own, reference, regularizer] = [policy(), policy(), {} as never];
    const common = { policy: own, optimizer, layOut };
    // @ts-expect-error SimPO takes no reference
    expect(() => createDpo({ ...common, reference, loss: simPoLoss() })).toThrow(
      /simPoLoss needs no reference/,
    );
    // @ts-expect-error ORPO takes no reference
    expect(() => createDpo({ ...common, reference, loss: orpoLoss() })).toThrow(InvalidArgumentError);
    // @ts-expect-error DPO needs one
    expect(() => createDpo({ ...common, loss: dpoLoss() })).toThrow(
      /dpoLoss compares the policy with a reference/,
    );
    const withRegularizer = { ...common, reference, loss: dpoLoss(), regularizer: { name: "k1" } };
    // @ts-expect-error DPO holds its own β
    expect(() => createDpo(withRegularizer)).toThrow(/leave the regularizer out/);
    expect(() => createDpo({ ...common, reference, loss: dpoLoss(), regularizer })).toThrow(
      InvalidArgumentError,
    );
    // @ts-expect-error a policy over other observations than texts needs a layout
    createDpo<TabularObservations>({ policy: own, optimizer, reference, loss: dpoLoss() }).dispose();
  });

  test("options that it has not, and impossible ones", () => {
    const create = (options: object) =>
      createDpo({ policy: policy(), optimizer, layOut, loss: simPoLoss(), options });
    expect(() => create({ beta: 1 })).toThrow("createDpo: beta is no option");
    expect(() => create({ microBatchSize: 0 })).toThrow("createDpo: microBatchSize is 0");
  });

  const good = { preferred: [5, 0], rejected: [5, 1], completionStart: 1 };
  test.each<[string, PreferencePair[], RegExp]>([
    ["an empty batch", [], /0 examples of total weight 0/],
    ["a batch without weight", [{ ...good, weight: 0 }], /total weight 0/],
    ["a probability of 2", [good, { ...good, probability: 2 }], /batch\[1\].probability is 2/],
    [
      "no begin of the response",
      [{ preferred: [1], rejected: [2] }],
      /batch\[0\].completionStart is missing/,
    ],
    ["margins where the loss has none", [{ ...good, margin: 1 }], /simPoLoss takes no margins/],
  ])("%s, and changes nothing", async (_, batch, message) => {
    const learner = later(createDpo({ policy: policy(), optimizer, layOut, loss: simPoLoss() }));
    const [before, tensors] = [await learner.state(), tf.memory().numTensors];
    const error: unknown = await learner.update(batch).catch((e) => e);
    expect(InvalidArgumentError.isInstance(error), String(error)).toBe(true);
    expect(String(error)).toMatch(message);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await learner.state()).toEqual(before);
  });

  test("numbers that are not finite, by name, before they reach the policy", async () => {
    const { dpo, policy } = build("DPO");
    const before = await policy.probabilities();
    const broken = later(
      createDpo({
        policy,
        reference: { logProbOf: () => Number.NaN },
        loss: losses.DPO,
        optimizer: sgd({ learningRate: 0.1 }),
        layOut,
      }),
    );
    const error: unknown = await broken.update(pairs).catch((e) => e);
    expect(NonFiniteError.isInstance(error) && error.message).toMatch(/dpo: loss is NaN at step 0/);
    expect(await policy.probabilities()).toEqual(before);
    await dpo.update(pairs);
  });

  test.each<[string, (state: State) => State]>([
    [
      "without optimizer",
      ({ tensors, json }) => ({ tensors, json: { ...(json as object), optimizer: null } }),
    ],
    ["with a damaged counter", ({ tensors, json }) => ({ tensors, json: { ...(json as object), dpo: {} } })],
    ["of another policy", ({ json }) => ({ tensors: {}, json })],
    ["of nothing", () => ({ tensors: {}, json: null })],
  ])("a state %s, and changes nothing", async (_, damage) => {
    const { dpo } = build("DPO");
    await run(dpo, 1);
    const [before, tensors] = [await dpo.state(), tf.memory().numTensors];
    const damaged = damage(structuredClone(before) as State);
    expect(() => dpo.restore(damaged)).toThrow(InvalidArgumentError);
    expect(await dpo.state()).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
