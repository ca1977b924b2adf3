import { z } from "zod";
import { defineOptions, runApp } from "./index.ts";

const options = defineOptions({
  name: "demo",
  description: "Counts upwards at random, so that you see how an app reads.",
  schema: z.object({
    seed: z.number().int().min(0).default(1).describe("seeds everything"),
    backend: z.enum(["auto", "wasm", "native"]).default("auto").describe("where tensors live"),
    steps: z.number().int().min(1).describe("how many steps to take"),
    targetKl: z
      .number()
      .positive()
      .default(6)
      .describe(
        "nats per response that the policy may move away from the reference, which is a long text so that it wraps around",
      ),
    algorithms: z
      .array(z.enum(["ppo", "a2c"]))
      .default(["ppo"])
      .describe("which to compare"),
    stream: z.boolean().default(true).describe("show text"),
    data: z.string().optional().describe("a file"),
  }),
  presets: {
    tiny: { description: "seconds", values: { steps: 20 } },
    quick: { description: "a minute", values: { steps: 100 } },
  },
  defaultPreset: "tiny",
  mayDiffer: ["backend"],
});
await runApp(options, async ({ steps }, run) => {
  let total = 0;
  const part = {
    state: async () => ({ tensors: {}, json: total }),
    restore: (s: { json: unknown }) => {
      total = s.json as number;
    },
  };
  const r = await run.stage("count", { parts: { part } }, async (stage) => {
    await stage.loop({
      steps,
      every: 5,
      show: ["total"],
      body: async (i, { random }) => {
        total += random.uniform();
        if (i % 10 == 9) {
          run.note("sample: once upon a time " + i);
          stage.samples([{ i }]);
        }
        await new Promise((r) => setTimeout(r, 50));
        return { total, stepsPerSecond: 3 };
      },
    });
    return { total };
  });
  run.note(JSON.stringify([r, run.seconds()]));
  await run.writeSummary({ total, seconds: run.seconds() });
});
