import { CheckpointError, type Stateful } from "@accord-rl/core";
import type { Run } from "../run-types.ts";

/** A part that counts: a stand-in for weights. */
const createCounter = () => {
  let total = 0;
  const part: Stateful = {
    state: async () => ({
      tensors: { total: { dtype: "float32", shape: [1], data: Float32Array.of(total) } },
      json: total,
    }),
    restore: ({ json }) => {
      if (typeof json !== "number") throw new CheckpointError({ path: "counter", message: "no number" });
      total = json;
    },
  };
  return { part, add: (value: number) => (total += value), total: () => total };
};

export interface CounterOptions {
  /** Steps of each loop. */
  readonly steps: number;
  /** Steps between two checkpoints. */
  readonly every: number;
  /** Called in every step, before it counts as done. */
  readonly moment: (stage: string, step: number) => Promise<void> | void;
}

/** Adds random numbers up, in three stages: a run without tensors that has all that a run can have. */
export const countUp = async (run: Run, { steps, every, moment }: CounterOptions): Promise<void> => {
  const counter = createCounter();
  const warm = await run.stage("warm-up", { parts: { counter: counter.part } }, async (stage) => {
    stage.log(0, { start: counter.total() });
    await stage.loop({
      steps,
      every,
      body: async (index, { random }) => {
        const total = counter.add(random.normal() + stage.random.uniform());
        await moment("warm-up", index + 1);
        return { total, loopSeconds: performance.now() };
      },
    });
    return { total: counter.total() };
  });

  const main = await run.stage("main", { parts: { counter: counter.part } }, async (stage) => {
    const inner = createCounter();
    stage.samples([{ from: "main", start: counter.total() }]);
    const body = async (index: number, name: string, uniform: () => number) => {
      inner.add(uniform());
      const total = counter.add(stage.random.uniform());
      stage.samples([{ name, index, total }]);
      await moment(name, index + 1);
      return { total, inner: inner.total() };
    };
    const loop = { steps, every, parts: { inner: inner.part } };
    await stage.loop({ ...loop, name: "first", body: (index, { random }) => body(index, "first", random.uniform) });
    stage.samples([{ between: counter.total() }]);
    await stage.loop({
      ...loop,
      name: "second",
      body: (index, { random, stop }) => {
        if (index === steps - 2) stop();
        return body(index, "second", random.uniform);
      },
    });
    return { inner: inner.total() };
  });

  const evaluation = await run.stage("evaluation", async (stage) => {
    for (let index = 1; index <= 3; index++) {
      stage.samples([{ evaluated: index, draw: stage.random.uniform() }]);
      await moment("evaluation", index);
      await stage.progress(index, 3);
    }
    return counter.total();
  });
  await run.writeSummary({ warm, main, evaluation, total: counter.total() });
  run.note(`stages: ${Object.keys(run.seconds()).join(", ")}`);
};
