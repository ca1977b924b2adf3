import { setTimeout as sleep } from "node:timers/promises";
import { CheckpointError, type Stateful } from "@accord-rl/core";
import { z } from "zod";
import { defineOptions } from "../define-options.ts";
import { runApp } from "../run-app.ts";

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

const options = defineOptions({
  name: "counter",
  description: "Adds random numbers up, in three stages.",
  command: "counter",
  schema: z.object({
    seed: z.number().int().min(0).default(1).describe("seeds everything"),
    steps: z.number().int().min(1).describe("steps of each loop"),
    every: z.number().int().min(1).default(3).describe("steps between two checkpoints"),
    delay: z.number().min(0).default(0).describe("milliseconds per step"),
    killAt: z.string().default("").describe("STAGE:STEP at which the process kills itself"),
  }),
  presets: {
    tiny: { description: "a moment", values: { steps: 7 } },
    quick: { description: "longer", values: { steps: 40 } },
  },
  defaultPreset: "tiny",
  mayDiffer: ["killAt", "delay"],
});

await runApp(options, async ({ steps, every, delay, killAt }, run) => {
  const counter = createCounter();
  const moment = async (stage: string, step: number) => {
    if (killAt === `${stage}:${step}`) process.kill(process.pid, "SIGKILL");
    if (delay > 0) await sleep(delay);
  };

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
});
