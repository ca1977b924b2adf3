import * as tf from "@tensorflow/tfjs-core";

/** Two tables of numbers, ids below 3 and flags, to compute with. */
export const x = () => tf.tensor2d([0.5, -1.25, 2, 3.5, -0.75, 1, 0.25, -2, 4, 1.5, -3, 0.1], [3, 4]);
export const y = () => tf.tensor2d([1, 2, -1, 0.5, 3, -2, 1.5, 0.25, 2, -4, 1, 2], [3, 4]);
export const ids = () => tf.tensor1d([2, 0, 1, 2], "int32");
export const row = () => tf.tensor1d([1, 0, 1, 1], "bool");

export type Result = tf.Tensor | readonly tf.Tensor[];

export type Operation = (x: tf.Tensor2D, y: tf.Tensor2D, ids: tf.Tensor1D, row: tf.Tensor1D) => Result;

/** Operations that kernels of tfjs-node hand to TensorFlow each in their own way: attributes, types, read inputs. */
export const operations: Readonly<Record<string, Operation>> = {
  argMax: (x) => [tf.argMax(x, 1), tf.argMin(x, 0)],
  topk: (x) => {
    const { values, indices } = tf.topk(x, 2);
    return [values, indices];
  },
  oneHot: (_x, _y, ids) => [tf.oneHot(ids, 4), tf.cast(tf.oneHot(ids, 3, 2, 1), "float32")],
  gather: (x, _y, ids) => [tf.gather(x, ids), tf.gather(x, ids, 1)],
  gatherBatch: (x) => tf.gather(x, tf.tensor2d([0, 1, 2, 3, 1, 1], [3, 2], "int32"), 1, 1),
  gatherND: (x) => tf.gatherND(x, tf.tensor2d([0, 1, 2, 3], [2, 2], "int32")),
  scatterND: (x) => tf.scatterND(tf.tensor2d([2, 0], [2, 1], "int32"), tf.slice(x, [0, 0], [2, 4]), [4, 4]),
  tensorScatterUpdate: (x, y) =>
    tf.tensorScatterUpdate(x, tf.tensor2d([2, 0], [2, 1], "int32"), tf.slice(y, [0, 0], [2, 4])),
  cumsum: (x) => [tf.cumsum(x, 1), tf.cumsum(x, 0, true, true), tf.cumprod(x, 1)],
  pad: (x) => [
    tf.pad(x, [
      [1, 0],
      [0, 2],
    ]),
    tf.pad(
      x,
      [
        [1, 1],
        [2, 0],
      ],
      3,
    ),
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [1, 0],
      ],
      "reflect",
    ),
  ],
  tile: (x) => tf.tile(x, [2, 3]),
  split: (x) => [...tf.split(x, 2, 1), ...tf.split(x, [1, 2], 0)],
  stack: (x, y) => [tf.stack([x, y], 1), ...tf.unstack(x, 1)],
  range: (x) => [tf.add(x, tf.range(0, 4)), tf.range(0, 10, 2, "int32"), tf.linspace(0, 1, 5)],
  where: (x, y, _ids, row) => [
    tf.where(tf.greater(x, y), x, y),
    tf.where(tf.lessEqual(x, y), tf.zerosLike(x), tf.onesLike(x)),
    tf.where(row, x, y),
  ],
  logical: (x, y) => [
    tf.logicalAnd(tf.greater(x, 0), tf.less(y, 1)),
    tf.logicalOr(tf.greater(x, 0), tf.equal(y, 1)),
    tf.logicalNot(tf.notEqual(x, 0.5)),
    tf.logicalXor(tf.greater(x, 0), tf.greaterEqual(y, 1)),
  ],
  cast: (x, _y, ids, row) => [
    tf.cast(x, "int32"),
    tf.cast(ids, "float32"),
    tf.cast(row, "int32"),
    tf.cast(x, "bool"),
  ],
  reverse: (x) => [tf.reverse(x, 1), tf.reverse(x)],
  slice: (x) => [tf.slice(x, [1, 1], [2, -1]), tf.stridedSlice(x, [0, 3], [3, 0], [2, -1])],
  stridedMask: (x) => tf.stridedSlice(x, [0, 1], [3, 4], [1, 2], 1, 2, 0, 0, 0),
  concat: (x, y) => [tf.concat([x, y], 1), tf.concat([x, y, x], 0)],
  matMul: (x, y) => [tf.matMul(x, y, false, true), tf.matMul(x, y, true, false)],
  batchMatMul: (x, y) => [
    tf.matMul(tf.reshape(x, [3, 2, 2]), tf.reshape(y, [3, 2, 2]), true, false),
    tf.matMul(tf.reshape(x, [3, 1, 4]), tf.reshape(y, [3, 1, 4]), false, true),
  ],
  reductions: (x, y) => [
    tf.min(x, 1),
    tf.max(x, 0, true),
    tf.mean(x, [0, 1]),
    tf.sum(x, 1, true),
    tf.prod(x, 1),
    tf.any(tf.greater(x, y), 1),
    tf.all(tf.greater(x, y), 0),
    tf.logSumExp(x, 1),
    tf.norm(x),
    tf.norm(x, 1, 1),
    tf.norm(x, Infinity, 0),
    tf.moments(x, 1).variance,
  ],
  integers: (_x, _y, ids) => [
    tf.sum(ids),
    tf.mean(ids),
    tf.max(ids),
    tf.add(ids, tf.scalar(1, "int32")),
    tf.floorDiv(ids, tf.scalar(2, "int32")),
    tf.mod(ids, tf.scalar(2, "int32")),
    tf.mul(ids, tf.scalar(3, "int32")),
    tf.equal(ids, 2),
    tf.expandDims(ids, 1),
    tf.where(tf.equal(ids, tf.scalar(2, "int32")), ids, tf.zerosLike(ids)),
    tf.cumsum(ids),
    tf.pad(ids, [[1, 2]]),
    tf.concat([ids, ids]),
  ],
  bools: (_x, _y, _ids, row) => [
    tf.expandDims(row, 0),
    tf.tile(row, [2]),
    tf.concat([row, row]),
    tf.transpose(tf.reshape(row, [2, 2])),
    tf.sum(row),
    tf.slice(row, 1, 2),
  ],
  softmax: (x) => [tf.softmax(x), tf.logSoftmax(x), tf.softmax(tf.transpose(x))],
  activations: (x) => [
    tf.sigmoid(x),
    tf.logSigmoid(x),
    tf.softplus(x),
    tf.elu(x),
    tf.selu(x),
    tf.relu(x),
    tf.relu6(x),
    tf.leakyRelu(x, 0.3),
    tf.tanh(x),
    tf.erf(x),
    tf.step(x, 0.5),
  ],
  addMany: (x) => tf.addN(Array<tf.Tensor>(12).fill(x)),
  unary: (x) => [
    tf.abs(x),
    tf.neg(x),
    tf.exp(x),
    tf.expm1(x),
    tf.log(tf.abs(x)),
    tf.log1p(tf.abs(x)),
    tf.sqrt(tf.abs(x)),
    tf.rsqrt(tf.abs(x)),
    tf.square(x),
    tf.reciprocal(x),
    tf.round(x),
    tf.floor(x),
    tf.ceil(x),
    tf.sign(x),
    tf.sin(x),
    tf.cos(x),
    tf.atan(x),
    tf.isNaN(x),
    tf.isFinite(x),
  ],
  binary: (x, y) => [
    tf.floorDiv(x, y),
    tf.mod(x, y),
    tf.pow(tf.abs(x), y),
    tf.maximum(x, y),
    tf.minimum(x, 0.5),
    tf.squaredDifference(x, y),
    tf.divNoNan(x, tf.relu(y)),
    tf.atan2(x, y),
    tf.clipByValue(x, -1, 1),
    tf.addN([x, y, x]),
  ],
  shapes: (x) => [
    tf.transpose(x),
    tf.reshape(x, [2, 6]),
    tf.squeeze(tf.expandDims(x, 1), [1]),
    tf.broadcastTo(tf.slice(x, [0, 0], [1, 4]), [3, 4]),
    tf.fill([2, 3], 7),
    tf.eye(3),
    tf.zeros([2, 2], "int32"),
  ],
  bandPart: (x) => tf.linalg.bandPart(x, 1, 0),
  convolutions: (x) => {
    const image = tf.reshape(x, [1, 3, 4, 1]) as tf.Tensor4D;
    const kernel = tf.reshape(tf.slice(x, [0, 0], [2, 2]), [2, 2, 1, 1]) as tf.Tensor4D;
    return [
      tf.conv2d(image, kernel, 1, "same"),
      tf.conv2d(image, kernel, 1, "valid"),
      tf.maxPool(image, 2, 1, "same"),
      tf.avgPool(image, 2, 1, "valid"),
    ];
  },
};

/** What WASM has no kernels for. */
export const nativeOnly: Readonly<Record<string, Operation>> = {
  segments: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1], "int32"), 2),
  einsum: (x, y) => tf.einsum("ij,kj->ik", x, y),
};
