import { expect, test } from "vitest";
import { InvalidArgumentError, joinStates, type State, splitState } from "./index.ts";

const state = (value: number): State => ({
  tensors: { weight: { dtype: "float32", shape: [1], data: Float32Array.of(value) } },
  json: { value },
});

test("what is joined splits into the same parts", () => {
  const joined = joinStates({ policy: state(1), "policy-2": state(2) });
  expect(Object.keys(joined.tensors)).toEqual(["policy/weight", "policy-2/weight"]);
  expect(splitState(joined, ["policy", "policy-2"], "test")).toEqual({
    policy: state(1),
    "policy-2": state(2),
  });
});

test.each([[["policy"]], [["policy", "values", "random"]]])("refuses other parts than %j", (parts) => {
  const joined = joinStates({ policy: state(1), values: state(2) });
  expect(() => splitState(joined, parts, "test")).toThrow(InvalidArgumentError);
  expect(() => splitState({ tensors: {}, json: 3 }, parts, "test")).toThrow(/expected \(policy/);
});
