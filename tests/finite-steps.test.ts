/** What every learner owes when a number is NaN or infinite: an error that names it, and a state as it was, bit for bit. */
import { AccordError, NonFiniteError, type Rollout, type State } from "@accord-rl/core";
import type { Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { learnerCases } from "./learner-cases.ts";

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

/** A state as text: every byte of its tensors, and its JSON. `without` leaves out parts. */
const bitsOf = ({ tensors, json }: State, without: readonly string[] = []): Record<string, string> => {
  const bits = [
    ...Object.entries(tensors).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
    ]),
    ...Object.entries(json as object).map(([name, value]) => [`${name}/json`, JSON.stringify(value)]),
  ] as [string, string][];
  return Object.fromEntries(bits.filter(([name]) => !without.some((part) => name.startsWith(part))));
};

describe.each(Object.entries(learnerCases))("%s", (_, build) => {
  test("refuses numbers that are none, and is as before", async () => {
    const { learner, batch, broken } = build();
    await learner.update(batch() as never);
    const before = bitsOf(await learner.state());
    for (const [name, { batch: given, names }] of Object.entries(broken)) {
      const error = await learner.update(given as never).catch((thrown: unknown) => thrown);
      expect(AccordError.isInstance(error), `${name}: ${error}`).toBe(true);
      expect((error as Error).message).toMatch(names);
      expect(bitsOf(await learner.state()), name).toEqual(before);
    }
    await learner.update(batch() as never);
    expect(bitsOf(await learner.state())).not.toEqual(before);
  });

  test("makes no step whose loss is NaN", async () => {
    const { learner, batch, parameters, experience } = build();
    await learner.update(batch() as never);
    const [variable] = Object.values(parameters) as [Variable];
    const given = batch();
    // As if the step before had overflowed.
    variable.assign(tf.fill(variable.shape, Number.NaN));
    // A text policy's version counts assignments, also of what was there before.
    const without = [...experience, "policy/json"];
    const before = bitsOf(await learner.state(), without);
    const error = await learner.update(given as never).catch((thrown: unknown) => thrown);
    expect(NonFiniteError.isInstance(error), String(error)).toBe(true);
    expect((error as NonFiniteError).quantity).not.toBe("");
    expect(bitsOf(await learner.state(), without)).toEqual(before);
  });
});

test.each(["ppo", "ppo on steps", "a2c", "a2c in one call"])(
  "%s makes no step on rewards whose variance overflows",
  async (name) => {
    const { learner, batch } = learnerCases[name]!();
    const rollout = batch() as Rollout;
    const before = bitsOf(await learner.state());
    const huge = { ...rollout, rewards: tf.mul(rollout.rewards, 1e30) };
    await expect(learner.update(huge as never)).rejects.toThrow(/is (Infinity|NaN) at step 0/);
    expect(bitsOf(await learner.state())).toEqual(before);
  },
);
