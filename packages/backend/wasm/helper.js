// A thread that helps with matrix products: it waits for a job, joins it unless it is closed, and takes blocks until
// none is left. src/wasm/team.ts is the other side.
import { workerData } from "node:worker_threads";

const { program, memory, words, job, scratch, closed } = workerData;
const { work } = new WebAssembly.Instance(program, { env: { memory } }).exports;
const [turn, helpers] = [0, 1];

const join = () => {
  let state = Atomics.load(words, helpers);
  while (state >= 0) {
    const found = Atomics.compareExchange(words, helpers, state, state + 1);
    if (found === state) return true;
    state = found;
  }
  return false;
};

for (let seen = 0; ; ) {
  Atomics.wait(words, turn, seen);
  seen = Atomics.load(words, turn);
  if (!join()) continue;
  work(job, scratch);
  if (Atomics.sub(words, helpers, 1) - 1 === closed) Atomics.notify(words, helpers);
}
