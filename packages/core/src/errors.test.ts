import { describe, expect, it } from "vitest";
import {
  AccordError,
  BackendUnavailableError,
  CheckpointError,
  DataError,
  InvalidArgumentError,
  ModelError,
  NonFiniteError,
  ShapeError,
} from "./errors.ts";

const samples = [
  new InvalidArgumentError({ argument: "seed", value: -1, message: "seed is -1" }),
  new ShapeError({
    where: "ppoLoss",
    tensor: "advantages",
    actual: [8, 16],
    expected: [8, 32],
    hint: "same as logProbs",
  }),
  new NonFiniteError({ quantity: "policy loss", value: Number.NaN, step: 3 }),
  new BackendUnavailableError({ backend: "gpu", tried: [], message: "no GPU" }),
  new CheckpointError({ path: "model.bin", message: "ends at byte 12, expected 60" }),
  new DataError({ path: "pairs.jsonl", line: 4, message: "no field `chosen`" }),
  new ModelError({ model: "gpt", status: 401, message: "the key is not valid" }),
];
const classes = [
  InvalidArgumentError,
  ShapeError,
  NonFiniteError,
  BackendUnavailableError,
  CheckpointError,
  DataError,
  ModelError,
];

describe("errors", () => {
  it("say what, got and expected", () => {
    expect(samples.map((error) => error.message)).toEqual([
      "seed is -1",
      "ppoLoss: advantages has shape [8, 16], expected [8, 32] (same as logProbs)",
      "policy loss is NaN at step 3, expected a finite number.",
      "no GPU",
      "model.bin: ends at byte 12, expected 60",
      "pairs.jsonl:4: no field `chosen`",
      "gpt: the key is not valid",
    ]);
  });

  it("are recognised by class and by the base, and by nothing else", () => {
    samples.forEach((error, i) => {
      expect(error).toBeInstanceOf(AccordError);
      expect(classes.map((type) => type.isInstance(error))).toEqual(classes.map((_, j) => i === j));
      expect(AccordError.isInstance(error)).toBe(true);
    });
    expect(AccordError.isInstance(new Error("other"))).toBe(false);
    expect(ShapeError.isInstance(null)).toBe(false);
  });

  it("are recognised when another copy of this package threw them", () => {
    const foreign = Object.assign(new Error("x"), {
      name: "ShapeError",
      [Symbol.for("accord-rl.error")]: true,
    });
    expect(ShapeError.isInstance(foreign)).toBe(true);
    expect(CheckpointError.isInstance(foreign)).toBe(false);
  });
});
