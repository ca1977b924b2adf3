import type { Json, State, TensorData } from "@accord-rl/core";
import fc from "fast-check";

export const float32 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(values),
});

export const int32 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: "int32",
  shape,
  data: Int32Array.from(values),
});

const anyTensor = fc.array(fc.nat({ max: 4 }), { maxLength: 4 }).chain((shape) => {
  const size = shape.reduce((product, length) => product * length, 1);
  const floats = fc.float32Array({ minLength: size, maxLength: size });
  const integers = fc.int32Array({ minLength: size, maxLength: size });
  return fc.oneof(
    floats.map((data): TensorData => ({ dtype: "float32", shape, data })),
    integers.map((data): TensorData => ({ dtype: "int32", shape, data })),
  );
});

const anyName = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("__proto__", "a/b", "0", "constructor"),
);

/** Tensors of up to four dimensions under any names, with every bit pattern that a float can have. */
export const anyTensors = fc
  .uniqueArray(fc.tuple(anyName, anyTensor), { maxLength: 5, selector: ([name]) => name })
  .map((named) => Object.fromEntries(named));

/** What JSON can say: it has no −0. */
const anyJson = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);

const anyState: fc.Arbitrary<State> = fc.record({
  tensors: anyTensors,
  json: anyJson,
});

/** Any parts, under any names that parts may have. */
export const anyCheckpoint = fc.record({
  parts: fc
    .uniqueArray(fc.tuple(fc.string({ unit: "grapheme", minLength: 1 }), anyState), {
      maxLength: 3,
      selector: ([name]) => name,
    })
    .map((named) => Object.fromEntries(named.filter(([name]) => !name.includes("/")))),
  json: anyJson,
});
