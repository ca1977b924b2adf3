import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Mlp, MlpLayer } from "./mlp.ts";

/** A layer's weights as the loops below want them. */
interface HostLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Input-major where there are many outputs, output-major where there are few. */
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  readonly result: Float64Array;
  /** Room for the indices of the inputs that are not 0. */
  readonly active: Int32Array;
}

/** Below this many outputs the loop over the inputs is the inner one. */
const fewOutputs = 16;

const transpose = (values: ArrayLike<number>, rows: number, columns: number): Float64Array => {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
};

const readLayer = ({ weight, bias }: MlpLayer): HostLayer => {
  const [outputs, inputs] = weight.shape;
  const values = weight.dataSync();
  return {
    inputs,
    outputs,
    weight: outputs < fewOutputs ? Float64Array.from(values) : transpose(values, outputs, inputs),
    bias: Float64Array.from(bias.dataSync()),
    result: new Float64Array(outputs),
    active: new Int32Array(inputs),
  };
};

/** y = b + Σ x_i·W_i, four inputs at a time, over those that are not 0: after a ReLU about half of them are. */
const addColumns = ({ inputs, outputs, weight, bias, result, active }: HostLayer, x: Float64Array): void => {
  result.set(bias);
  let count = 0;
  for (let i = 0; i < inputs; i++) if (x[i] !== 0) active[count++] = i;
  let next = 0;
  for (; next + 3 < count; next += 4) {
    const [i0, i1, i2, i3] = [active[next]!, active[next + 1]!, active[next + 2]!, active[next + 3]!];
    const [x0, x1, x2, x3] = [x[i0]!, x[i1]!, x[i2]!, x[i3]!];
    const [w0, w1, w2, w3] = [i0 * outputs, i1 * outputs, i2 * outputs, i3 * outputs];
    for (let o = 0; o < outputs; o++) {
      result[o]! += x0 * weight[w0 + o]! + x1 * weight[w1 + o]! + x2 * weight[w2 + o]! + x3 * weight[w3 + o]!;
    }
  }
  for (; next < count; next++) {
    const i = active[next]!;
    for (let o = 0; o < outputs; o++) result[o]! += x[i]! * weight[i * outputs + o]!;
  }
};

/** y_o = b_o + Σ W_oi·x_i, one output after the other. */
const dotRows = ({ inputs, outputs, weight, bias, result }: HostLayer, x: Float64Array): void => {
  for (let o = 0; o < outputs; o++) {
    const row = o * inputs;
    let [even, odd] = [bias[o]!, 0];
    let i = 0;
    for (; i + 1 < inputs; i += 2) {
      even += weight[row + i]! * x[i]!;
      odd += weight[row + i + 1]! * x[i + 1]!;
    }
    if (i < inputs) even += weight[row + i]! * x[i]!;
    result[o] = even + odd;
  }
};

/** A perceptron without tensors: [inputs] → [outputs]; the result is good until the next call. */
export type HostMlp = (x: Float64Array) => Float64Array;

/**
 * A perceptron on copies of its weights in plain arrays. For a small network and few observations that is many times
 * faster than tensors, whose every operation costs microseconds.
 *
 * An assigned variable has other data: then its layer is read anew.
 */
export const createHostMlp = ({ layers, inputs }: Pick<Mlp, "layers" | "inputs">): HostMlp => {
  const seen: object[][] = layers.map(() => []);
  const copies: HostLayer[] = [];
  return (observation) => {
    let x = observation.subarray(0, inputs);
    layers.forEach((layer, index) => {
      const [weightData, biasData] = [layer.weight.dataId, layer.bias.dataId];
      if (seen[index]![0] !== weightData || seen[index]![1] !== biasData) {
        copies[index] = readLayer(layer);
        seen[index] = [weightData, biasData];
      }
      const copy = copies[index]!;
      (copy.outputs < fewOutputs ? dotRows : addColumns)(copy, x);
      layer.activation?.applyOnHost(copy.result);
      x = copy.result;
    });
    return x;
  };
};

/** With more multiplications than this, tensors are faster again. */
const hostMultiplications = 300_000;

/**
 * Outputs for N observations without tensors, but where there is so much to multiply that tensors are faster.
 *
 * @returns a function of [N × inputs], row-major, and N that gives [N × outputs].
 */
export const onHost = (options: {
  readonly mlps: readonly Mlp[];
  readonly inputs: number;
  readonly outputs: number;
  /** One observation's outputs, good until the next call. */
  readonly forward: HostMlp;
  /** [N, inputs] → [N, outputs]. */
  readonly apply: (observations: Tensor2D) => Tensor;
}): ((observations: Float32Array, size: number) => Float32Array) => {
  const { mlps, inputs, outputs, forward, apply } = options;
  const cost = mlps.flatMap(({ layers }) => layers).reduce((sum, { weight }) => sum + weight.size, 0);
  const x = new Float64Array(inputs);
  return (observations, size) => {
    if (size * cost > hostMultiplications) {
      return tf.tidy(() => apply(tf.tensor2d(observations, [size, inputs])).dataSync<"float32">());
    }
    const result = new Float32Array(size * outputs);
    for (let row = 0; row < size; row++) {
      x.set(observations.subarray(row * inputs, (row + 1) * inputs));
      result.set(forward(x), row * outputs);
    }
    return result;
  };
};
