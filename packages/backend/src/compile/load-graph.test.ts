import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { Attribute, GraphNode } from "./graph.ts";
import { canUseXla, loadGraph } from "./load-graph.ts";
import { isNativeBackend, type NativeBackend } from "./native-backend.ts";

const current: unknown = tf.backend();

const type: Attribute = { kind: "type", value: 1 };
const shape: Attribute = { kind: "shape", value: [2] };
const nodes: readonly GraphNode[] = [
  { name: "x", op: "Placeholder", inputs: [], attributes: { dtype: type, shape } },
  { name: "y", op: "Square", inputs: ["x"], attributes: { T: type } },
  { name: "z", op: "AddV2", inputs: ["x", "y"], attributes: { T: type } },
];
const graph = { name: "square and é", nodes, inputs: ["x"], outputs: ["z", "y"] };

/** The same TensorFlow as if only tfjs-node's addon were there. */
const withoutFunctions = (backend: NativeBackend): NativeBackend => {
  // Inherited: what an addon has may be neither enumerable nor writable.
  const hidden = { addFunction: { value: undefined } };
  const binding = { value: Object.create(backend.binding as object, hidden) };
  return Object.create(backend as object, { binding }) as NativeBackend;
};

const run = (backend: NativeBackend, useXla: boolean): number[][] => {
  const loaded = loadGraph(backend, graph, { useXla });
  const results = [
    [1, 2],
    [3, -4],
  ].flatMap((values) =>
    tf.tidy(() => {
      const ids = backend.getInputTensorIds([tf.tensor1d(values)]);
      return loaded.call(ids).map((output) => Array.from(backend.createOutputTensor(output).dataSync()));
    }),
  );
  loaded.release();
  return results;
};
const expected = [
  [2, 6],
  [1, 4],
  [12, 12],
  [9, 16],
];

describe.runIf(isNativeBackend(current))("loadGraph", () => {
  const backend = current as NativeBackend;
  it("runs a graph as a SavedModel, which every addon can", () => {
    const plain = withoutFunctions(backend);
    expect(canUseXla(plain)).toBe(false);
    expect(run(plain, false)).toEqual(expected);
  });
  it("says what to do where a SavedModel can't be written", () => {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = "/nowhere";
    try {
      expect(() => run(withoutFunctions(backend), false)).toThrow("can't be written to /nowhere (ENOENT");
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  });
  it.runIf(isNativeBackend(current) && canUseXla(current))("runs it as a function, with XLA too", () => {
    expect(run(backend, false)).toEqual(expected);
    expect(run(backend, true)).toEqual(expected);
  });
});
