import { InvalidArgumentError, NonFiniteError, type PreferencePair, type State } from "@accord-rl/core";
import { sgd } from "@accord-rl/learning";
import type { TabularObservations } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test } from "vitest";
import { createDpo, dpoLoss, orpoLoss, simPoLoss } from "./index.ts";
import { createPolicy, layOut } from "./test-language.ts";
import { build, disposeParts, later, losses, pairs, run } from "./test-parts.ts";

afterEach(disposeParts);

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
