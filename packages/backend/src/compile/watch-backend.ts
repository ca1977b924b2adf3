import { withoutDraws } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { tensorflowTypes } from "./graph.ts";
import type { createGraphBuilder } from "./graph-builder.ts";
import type { NativeBackend } from "./native-backend.ts";
import { unsupported } from "./unsupported.ts";

type GraphBuilder = ReturnType<typeof createGraphBuilder>;

let current: GraphBuilder | undefined;
/** True while a function is recorded; what it calls is recorded with it. */
export const isTracing = (): boolean => current !== undefined;

/** Has a part of what is being recorded recorded by another builder. */
export const recordApart = <Result>(builder: GraphBuilder, fn: () => Result): Result => {
  const outer = current;
  current = builder;
  try {
    return fn();
  } finally {
    current = outer;
  }
};

const refuseRead = (): never => {
  throw unsupported(
    "the function reads a tensor's value while it is being recorded (dataSync, data, array…)",
    "Return the tensor and read it after the call.",
  );
};

const refuseDraw = (): never => {
  throw unsupported(
    "the function draws random numbers while it is being recorded; they would be the same at every call",
    "Pass random numbers in as tensors.",
  );
};

/**
 * Runs `fn` and hands every operation that it executes to the builder. Reading values and drawing random numbers throw.
 *
 * Every kernel of tfjs-node ends in `executeSingleOutput` or `executeMultipleOutputs`, gradients included, since
 * automatic differentiation runs in JavaScript. So watching those two is enough. Kernels read by `backend.readSync`,
 * which stays as it is; programs read through the engine.
 */
export const watchBackend = <Result>(
  backend: NativeBackend,
  builder: GraphBuilder,
  fn: () => Result,
): Result => {
  const engine = tf.engine() as unknown as Record<string, unknown>;
  const { executeSingleOutput, executeMultipleOutputs, write } = backend;
  const { random } = Math;
  backend.executeSingleOutput = (name, attributes, operands) => {
    let output: tf.Tensor | undefined;
    current!.addCall(name, attributes, operands, () => {
      output = executeSingleOutput.call(backend, name, attributes, operands);
      return [output];
    });
    return output!;
  };
  backend.executeMultipleOutputs = (name, attributes, operands, count) => {
    let outputs: tf.Tensor[] = [];
    current!.addCall(name, attributes, operands, () => {
      outputs = executeMultipleOutputs.call(backend, name, attributes, operands, count);
      return outputs;
    });
    return outputs;
  };
  backend.write = (values, shape, dtype) => {
    const dataId = write.call(backend, values, shape, dtype);
    if (dtype in tensorflowTypes) {
      const type = dtype as keyof typeof tensorflowTypes;
      current!.addConstant(dataId, { values: values as ArrayLike<number>, shape, dtype: type });
    }
    return dataId;
  };
  engine.readSync = refuseRead;
  engine.read = refuseRead;
  Math.random = refuseDraw;
  try {
    return recordApart(builder, () => withoutDraws(refuseDraw, fn));
  } finally {
    Math.random = random;
    delete engine.readSync;
    delete engine.read;
    Object.assign(backend, { executeSingleOutput, executeMultipleOutputs, write });
  }
};
