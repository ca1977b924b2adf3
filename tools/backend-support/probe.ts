/**
 * Runs operations and losses on one backend, beside plain JavaScript: `probe.ts BACKEND FIRST` begins with row FIRST.
 * Prints a line of JSON for the backend and for each row: its name before it runs, and then what came of it.
 */
import { writeSync } from "node:fs";
import { type BackendName, startBackend, stopBackend } from "@accord-rl/backend";
import "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import {
  ids,
  nativeOnly,
  operations,
  row,
  x,
  y,
} from "../../packages/backend/src/__fixtures__/operations.ts";
import { differentiate, lossCases } from "../../tests/loss-cases.ts";

/** right: as plain JavaScript has it. wrong: another result. none: it throws. endless: it does not end. */
export type Outcome = "right" | "wrong" | "none" | "endless";

/** Of the value, and of the gradient by the first input, where plain JavaScript has one. */
export interface Row {
  readonly value: Outcome;
  readonly gradient?: Outcome;
}

export type Line = { readonly description: string } | { readonly begins: string } | { readonly row: Row };

const tolerance = 1e-4;

type Results = () => readonly tf.Tensor[];

/** @returns the numbers of all results, or undefined where it throws. */
const read = async (backend: string, results: Results): Promise<number[] | undefined> => {
  await startBackend({ backend: backend as BackendName });
  try {
    const tensors = tf.tidy(() => [...results()]);
    const numbers = await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
    return numbers.flatMap((values) => Array.from(values, Number));
  } catch {
    return undefined;
  }
};

const agree = (left: readonly number[], right: readonly number[]): boolean =>
  left.length === right.length &&
  left.every(
    (value, i) =>
      Object.is(value, right[i]) || Math.abs(value - right[i]!) <= tolerance * (1 + Math.abs(right[i]!)),
  );

/** @returns undefined where plain JavaScript has no result either. */
const compare = async (backend: string, results: Results): Promise<Outcome | undefined> => {
  const actual = await read(backend, results);
  const expected = await read("cpu", results);
  if (!expected) return actual ? "right" : undefined;
  if (!actual) return "none";
  return agree(actual, expected) ? "right" : "wrong";
};

const [, , backend, first] = process.argv as [string, string, string, string];
const print = (line: Line): void => {
  writeSync(1, `${JSON.stringify(line)}\n`);
};

interface Case {
  readonly name: string;
  readonly value: Results;
  readonly gradient: Results;
}

const operationCases = Object.entries({ ...operations, ...nativeOnly }).map(([name, operation]): Case => {
  const list = (input: tf.Tensor2D): readonly tf.Tensor[] => {
    const results = operation(input, y(), ids(), row());
    return Array.isArray(results) ? results : [results as tf.Tensor];
  };
  // Not addN, which has a row of its own.
  const total = (input: tf.Tensor) =>
    list(input as tf.Tensor2D)
      .filter(({ dtype }) => dtype === "float32")
      .map((result) => tf.sum(result))
      .reduce((sum, next) => tf.add(sum, next), tf.scalar(0));
  return { name, value: () => list(x()), gradient: () => [tf.grad(total)(x())] };
});
const cases: readonly Case[] = [
  ...operationCases,
  ...lossCases.map((lossCase) => ({
    name: lossCase.name,
    value: () => [differentiate(lossCase).value!],
    gradient: () => Object.values(differentiate(lossCase)),
  })),
];

print({ description: (await startBackend({ backend: backend as BackendName })).description });
for (const { name, value, gradient } of cases.slice(Number(first))) {
  print({ begins: name });
  const outcome = await compare(backend, value);
  const ofGradient = await compare(backend, gradient);
  print({ row: { value: outcome ?? "none", ...(ofGradient && { gradient: ofGradient }) } });
}
stopBackend();
