// Goes over every entry point of the addon many times, right and wrong, on the main thread and in workers that end
// by themselves or are terminated. Checks results, and that nothing is left. For check-memory.sh and
// test-node-versions.sh: node exercise.mjs <addon.node> <rounds>
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const [addon, rounds] = isMainThread ? [process.argv[2], Number(process.argv[3])] : workerData;
const b = createRequire(import.meta.url)(addon);

// The few fields of a GraphDef that one product needs, in protocol-buffer wire format.
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
const message = (field, content) => [...varint(field * 8 + 2), ...varint(content.length), ...content];
const text = (field, value) => message(field, [...Buffer.from(value)]);
const integer = (field, value) => [...varint(field * 8), ...varint(value)];
const floatType = (name) => message(5, [...text(1, name), ...message(2, integer(6, 1))]);
const node = (name, op, inputs, attribute) =>
  message(1, [
    ...text(1, name),
    ...text(2, op),
    ...inputs.flatMap((input) => text(3, input)),
    ...floatType(attribute),
  ]);
const graph = Uint8Array.from([
  ...node("x", "Placeholder", [], "dtype"),
  ...node("w", "Placeholder", [], "dtype"),
  ...node("y", "MatMul", ["x", "w"], "T"),
  ...message(4, integer(1, 1087)),
]);
const savedModel = [
  ...integer(1, 1),
  ...message(2, [...message(1, text(4, "serve")), ...message(2, [...graph])]),
];

const attributes = [
  { name: "transpose_a", type: b.TF_ATTR_BOOL, value: false },
  { name: "T", type: b.TF_ATTR_TYPE, value: b.TF_FLOAT },
];
const xla = [{ name: "_XlaMustCompile", type: b.TF_ATTR_BOOL, value: true }];
const lists = [
  { name: "dtypes", type: b.TF_ATTR_TYPE, value: [b.TF_FLOAT, b.TF_INT32] },
  { name: "shapes", type: b.TF_ATTR_SHAPE, value: [[2], [3, 4]] },
  { name: "capacity", type: b.TF_ATTR_INT, value: 1 },
  {
    name: "shared_name",
    type: b.TF_ATTR_STRING,
    value: "queue of a long name, which is allocated by itself",
  },
];
const strings = ["", "short", "long enough to be allocated by itself".repeat(3)].map((value) =>
  Buffer.from(value),
);
const values = [
  [b.TF_FLOAT, Float32Array.of(1, 2, 3)],
  [b.TF_INT32, Int32Array.of(1, 2, 3)],
  [b.TF_INT64, BigInt64Array.of(1n, 2n, 3n)],
  [b.TF_BOOL, Uint8Array.of(1, 0, 1)],
  [b.TF_COMPLEX64, Float32Array.of(1, 2, 3, 4, 5, 6)],
  [b.TF_STRING, strings.map((value) => Uint8Array.from(value))],
];
const wrong = [
  () => b.start(7),
  () => b.createTensor([3], b.TF_STRING, [strings[2], strings[2], 7]),
  () => b.createTensor([2], b.TF_FLOAT, Float32Array.of(1)),
  () => b.createTensor([1], 99, Float32Array.of(1)),
  () => b.deleteTensor(-1),
  () => b.tensorDataSync("x"),
  () => b.executeOp("None", [], [], 1),
  () => b.executeOp("MatMul", attributes, [-1], 1),
  () => b.executeOp("MatMul", [...attributes, { name: "x", type: 99, value: [] }], [], 1),
  () => b.executeOpAsync("MatMul", [7], [], 1),
  () => b.addFunction("wrong", Uint8Array.of(1, 2, 3), [], []),
  () => b.addFunction("wrong", graph, ["x:0", "x:0"], ["y:0"]),
  () => b.addFunction("wrong", graph, ["x:0"], ["y:7"]),
  () => b.removeFunction("none"),
  () => b.loadSavedModel("/nowhere", "serve"),
  () => b.runSavedModel(-1, [], "", ""),
  () => b.deleteSavedModel(-1),
];

const take = ({ id }) => {
  const read = b.tensorDataSync(id);
  b.deleteTensor(id);
  return [...read];
};

const oneRound = async (round, x, w, folder) => {
  const expected = [19, 22, 43, 50];
  for (const [type, data] of values) {
    const id = b.createTensor([3], type, data);
    assert.deepEqual(b.tensorDataSync(id), data);
    b.deleteTensor(id);
  }
  assert.deepEqual(take(b.executeOp("MatMul", attributes, [x, w], 1)[0]), expected);
  take(b.executeOp("Identity", [], [x], 1)[0]);
  b.deleteTensor(
    b.executeOp("FIFOQueueV2", [{ ...lists[0], name: "component_types" }, ...lists.slice(1)], [], 1)[0].id,
  );
  for (const call of wrong) assert.throws(call);

  const name = `product_${round}`;
  b.addFunction(name, graph, ["x:0", "w:0"], ["y:0"]);
  assert.deepEqual(take(b.executeOp(name, [], [x, w], 1)[0]), expected);
  if (round % 100 === 0 && process.env.EXERCISE_XLA !== "0")
    assert.deepEqual(take(b.executeOp(name, xla, [x, w], 1)[0]), expected);
  const copy = b.executeOp("Identity", [], [x], 1)[0].id;
  const calls = [0, 1, 2].map(() => b.executeOpAsync(name, [], [copy, w], 1));
  const failing = b.executeOpAsync("MatMul", [], [copy], 1);
  b.deleteTensor(copy);
  b.removeFunction(name);
  for (const [output] of await Promise.all(calls)) assert.deepEqual(take(output), expected);
  await assert.rejects(failing);

  if (round % 20 === 0) {
    const model = b.loadSavedModel(folder, "serve");
    assert.deepEqual(take(b.runSavedModel(model, [x, w], "x:0,w:0", "y:0")[0]), expected);
    assert.throws(() => b.runSavedModel(model, [x], "x:0", "y:0"));
    b.deleteSavedModel(model);
  }
};

const main = async () => {
  assert.throws(() => b.getNumOfTensors(), /call start first/);
  b.start(new Uint8Array());
  b.start(new Uint8Array());
  const folder = mkdtempSync(join(tmpdir(), "accord-exercise-"));
  mkdirSync(join(folder, "variables"));
  writeFileSync(join(folder, "saved_model.pb"), Uint8Array.from(savedModel));
  const x = b.createTensor([2, 2], b.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
  const w = b.createTensor([2, 2], b.TF_FLOAT, Float32Array.of(5, 6, 7, 8));
  let before = 0;
  for (let round = 0; round < rounds; round++) {
    await oneRound(round, x, w, folder);
    if (round === Math.floor(rounds / 2)) before = process.memoryUsage.rss();
  }
  assert.deepEqual([b.getNumOfTensors(), b.getNumOfSavedModels(), b.isUsingGpuDevice()], [2, 0, false]);
  rmSync(folder, { recursive: true });
  return (process.memoryUsage.rss() - before) / 2 ** 20;
};

/** In a worker that is terminated while calls are running and waiting, and tensors are there. */
const busy = () => {
  b.start(new Uint8Array());
  const large = b.createTensor([300, 300], b.TF_FLOAT, new Float32Array(90000).fill(1));
  const again = () =>
    Promise.all([0, 1, 2, 3].map(() => b.executeOpAsync("MatMul", [], [large, large], 1))).then(again);
  void again();
};

const inWorker = (data, wait) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    worker.on("error", reject);
    worker.on("exit", resolve);
    if (wait !== undefined) setTimeout(() => worker.terminate(), wait);
  });

if (!isMainThread) {
  if (rounds === "busy") busy();
  else await main();
} else {
  const grown = await main();
  for (let i = 0; i < 3; i++) assert.equal(await inWorker([addon, Math.ceil(rounds / 50)]), 0);
  for (const wait of [300, 600]) await inWorker([addon, "busy"], wait);
  // Ends while a call is running and another is waiting.
  const x = b.createTensor([1], b.TF_FLOAT, Float32Array.of(1));
  void b.executeOpAsync("Identity", [], [x], 1);
  void b.executeOpAsync("Identity", [], [x], 1);
  console.log(
    `Node ${process.versions.node}: ${rounds} rounds are right; memory grew by ${grown.toFixed(1)} MB in the second half`,
  );
}
