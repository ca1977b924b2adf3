import { Worker } from "node:worker_threads";
import { helperFile } from "../wasm-files.ts";
import { type Memory, type Program, webAssembly } from "./web-assembly.ts";

/** Threads that share the memory of a WASM backend, and do one job at a time together. */
export interface Team {
  /** Does what stands at `job`; with helpers when there are any and `isShared`. */
  run(isShared: boolean): void;
}

export interface TeamParts {
  readonly program: Program;
  readonly memory: Memory;
  /** Bytes: where the job stands in memory. */
  readonly job: number;
  /** Takes memory for good. */
  readonly allocate: (bytes: number) => number;
  readonly threads: number;
}

/** Of wasm/matmul.ts. */
interface Exports {
  readonly plan: (job: number, threads: number) => void;
  readonly work: (job: number, scratch: number) => void;
  readonly scratchBytes: { readonly value: number };
}

/** Of `words`: counts jobs, and counts those who help with one; negative when no more may join. */
const [turn, helpers] = [0, 1];
const closed = -(2 ** 31);

/** The calling thread, and threads - 1 that help: they start with the first job that is shared, and wait without load. */
export const createTeam = ({ program, memory, job, allocate, threads }: TeamParts): Team => {
  const { plan, work, scratchBytes } = new webAssembly.Instance(program, { env: { memory } })
    .exports as unknown as Exports;
  const scratch = allocate(scratchBytes.value);
  const words = new Int32Array(new SharedArrayBuffer(8));
  words[helpers] = closed;

  const hire = () => {
    const data = { program, memory, words, job, scratch: allocate(scratchBytes.value), closed };
    const helper = new Worker(helperFile, { workerData: data, execArgv: [] });
    helper.on("error", () => {}); // one that can't start joins no job: the others do its share
    helper.unref();
  };

  let isHiring = threads > 1;
  return {
    run(isShared) {
      plan(job, isShared ? threads : 1);
      if (!isShared || threads === 1) return work(job, scratch);
      if (isHiring) for (let i = 1; i < threads; i++) hire();
      isHiring = false;
      Atomics.store(words, helpers, 0);
      Atomics.add(words, turn, 1);
      Atomics.notify(words, turn);
      work(job, scratch);
      let state = Atomics.or(words, helpers, closed) | closed;
      while (state !== closed) {
        Atomics.wait(words, helpers, state);
        state = Atomics.load(words, helpers);
      }
    },
  };
};
