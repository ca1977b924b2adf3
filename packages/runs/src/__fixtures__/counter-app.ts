import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineOptions } from "../define-options.ts";
import { runApp } from "../run-app.ts";
import { countUp } from "./counter.ts";

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
  const moment = async (stage: string, step: number) => {
    if (killAt === `${stage}:${step}`) process.kill(process.pid, "SIGKILL");
    if (delay > 0) await sleep(delay);
  };
  await countUp(run, { steps, every, moment });
});
