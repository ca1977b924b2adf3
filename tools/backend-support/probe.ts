/** Runs every operation and every loss on one backend, beside plain JavaScript; prints what came of it as JSON. */
import { type BackendName, startBackend } from "@accord-rl/backend";
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

/** right: as plain JavaScript has it. wrong: another result. none: it throws. */
export type Outcome = "right" | "wrong" | "none";

export interface Support {
  readonly backend: string;
  readonly description: string;
  /** By row: of the value, and of the gradient by the first input, where plain JavaScript has one. */
  readonly rows: Readonly<Record<string, { readonly value: Outcome; readonly gradient?: Outcome }>>;
}

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

const backend = process.argv[2]!;
const { description } = await startBackend({ backend: backend as BackendName });
const rows: Record<string, { value: Outcome; gradient?: Outcome }> = {};
const add = async (name: string, value: Results, gradient: Results) => {
  const outcome = await compare(backend, value);
  const ofGradient = await compare(backend, gradient);
  rows[name] = { value: outcome ?? "none", ...(ofGradient && { gradient: ofGradient }) };
};

for (const [name, operation] of Object.entries({ ...operations, ...nativeOnly })) {
  const list = (input: tf.Tensor2D): readonly tf.Tensor[] => {
    const results = operation(input, y(), ids(), row());
    return Array.isArray(results) ? results : [results as tf.Tensor];
  };
  const total = (input: tf.Tensor) =>
    tf.addN(
      list(input as tf.Tensor2D)
        .filter(({ dtype }) => dtype === "float32")
        .map((result) => tf.sum(result)),
    );
  await add(
    name,
    () => list(x()),
    () => [tf.grad(total)(x())],
  );
}
for (const lossCase of lossCases) {
  await add(
    lossCase.name,
    () => [differentiate(lossCase).value!],
    () => Object.values(differentiate(lossCase)),
  );
}
process.stdout.write(JSON.stringify({ backend, description, rows } satisfies Support));
