import { startBackend } from "@accord-rl/backend";
import * as tf from "@tensorflow/tfjs-core";
import * as m from "./src/index.ts";

await startBackend({ backend: process.argv[2] as "wasm" });
const N = Number(process.argv[3] ?? 768),
  V = 32000;
const time = (name: string, fn: () => tf.Tensor) => {
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    const t = performance.now();
    const r = fn();
    r.dataSync();
    r.dispose();
    times.push(performance.now() - t);
  }
  console.log(process.argv[2], name.padEnd(30), Math.min(...times).toFixed(0));
};
const logits = tf.tidy(() => tf.mul(tf.randomNormal([N, V], 0, 1, "float32", 1), 3)) as tf.Tensor2D;
const small = (fn: () => tf.Tensor) => () => tf.tidy(() => tf.slice(tf.reshape(fn(), [-1]), 0, 1));
time(
  "exp",
  small(() => tf.exp(logits)),
);
time(
  "mul scalar",
  small(() => tf.mul(logits, 2)),
);
const col = tf.ones([N, 1]);
time(
  "sub bcast",
  small(() => tf.sub(logits, col)),
);
time(
  "softmax",
  small(() => tf.softmax(logits)),
);
time(
  "max",
  small(() => tf.max(logits, 1)),
);
time(
  "sum",
  small(() => tf.sum(logits, 1)),
);
time(
  "square",
  small(() => tf.square(logits)),
);
const ids = tf.tensor1d(
  Int32Array.from({ length: N }, (_, i) => (i * 37) % V),
  "int32",
);
const idx = tf.reshape(tf.add(ids, tf.range(0, N * V, V, "int32")), [N, 1]) as tf.Tensor2D;
const dy = tf.ones([N]) as tf.Tensor1D;
time(
  "tensorScatterUpdate",
  small(() => tf.tensorScatterUpdate(tf.reshape(logits, [-1]), idx, dy)),
);
time(
  "scatterND",
  small(() => tf.scatterND(idx, dy, [N * V])),
);
time(
  "gather flat",
  small(() => tf.gather(tf.reshape(logits, [-1]), tf.reshape(idx, [-1]))),
);
time(
  "forward",
  small(() => m.selectedLogProbs(logits, ids)),
);
time(
  "forward+backward",
  small(() => tf.grad((x: tf.Tensor) => tf.sum(m.selectedLogProbs(x, ids)))(logits)),
);
time(
  "entropy f+b",
  small(() => tf.grad((x: tf.Tensor) => tf.sum(m.entropy(x)))(logits)),
);
time(
  "logSoftmax",
  small(() => m.logSoftmax(logits)),
);
const D = 288;
const x = tf.randomNormal([N, D]),
  w = tf.randomNormal([V, D]) as tf.Tensor2D;
time(
  "linear f",
  small(() => m.linear(x, w)),
);
time(
  "linear f+b",
  small(() => {
    const g = tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(m.linear(a, b as tf.Tensor2D)))([x, w]);
    return tf.concat([tf.reshape(g[0]!, [-1]), tf.reshape(g[1]!, [-1])]);
  }),
);
time(
  "embedding f+b",
  small(() => tf.grad((b: tf.Tensor) => tf.sum(m.embedding(b as tf.Tensor2D, ids)))(w)),
);
// accuracy of softmax trick
const lse = tf.tidy(() => {
  const mx = tf.max(logits, 1, true);
  return [
    tf.add(tf.log(tf.sum(tf.exp(tf.sub(logits, mx)), 1, true)), mx).dataSync(),
    tf.sub(mx, tf.log(tf.max(tf.softmax(logits), 1, true))).dataSync(),
  ] as const;
});
let worst = 0;
for (let i = 0; i < N; i++) worst = Math.max(worst, Math.abs(lse[0][i]! - lse[1][i]!));
console.log("lse diff", worst, lse[0][0]);
