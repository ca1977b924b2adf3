import { CheckpointError, createRandom, type State, type Stateful } from "@accord-rl/core";
import { expect, it } from "vitest";
import { checkpointParts, restoreParts } from "./index.ts";

const part = (): Stateful & { draw(): number } => {
  const random = createRandom(1);
  return {
    draw: random.uniform,
    state: async () => ({ tensors: {}, json: random.state() }),
    restore: (state: State) => random.restore(state.json),
  };
};

it("collects states, and gives each part its own back", async () => {
  const parts = { first: part(), second: part() };
  parts.first.draw();
  const states = await checkpointParts(parts);
  const expected = [parts.first.draw(), parts.second.draw()];
  expect(expected[0]).not.toBe(expected[1]);
  restoreParts(parts, states, "run");
  expect([parts.first.draw(), parts.second.draw()]).toEqual(expected);
});

it("changes nothing when the names differ", async () => {
  const parts = { first: part(), second: part() };
  const { first } = await checkpointParts(parts);
  const before = await checkpointParts(parts);
  const restore = (states: Record<string, State>) => () => restoreParts(parts, states, "run");
  expect(restore({ first: first as State })).toThrow(CheckpointError);
  expect(restore({ ...before, third: first as State })).toThrow(
    "run: the checkpoint holds [first, second, third], expected [first, second]",
  );
  expect(await checkpointParts(parts)).toEqual(before);
});
