import type { Benchmark } from "./benchmark.ts";
import { cartpole } from "./cartpole/index.ts";
import { cost } from "./cost/index.ts";
import { generate } from "./generate/index.ts";
import { lora } from "./lora/index.ts";
import type { OwnBenchmark } from "./own-benchmark.ts";
import { ppoIteration } from "./ppo-iteration/index.ts";
import { rlUpdate } from "./rl-update/index.ts";
import { trainStep } from "./train-step/index.ts";

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  "ppo-iteration": ppoIteration,
  lora,
  "train-step": trainStep,
  "rl-update": rlUpdate,
  generate,
  cartpole,
};

/** Without a peer. */
export const ownBenchmarks: Readonly<Record<string, OwnBenchmark>> = { cost };

const all: Readonly<Record<string, { readonly description: string }>> = { ...benchmarks, ...ownBenchmarks };
const width = Math.max(...Object.keys(all).map((name) => name.length));

export const helpText = `npm run bench -- NAME... [options]

${Object.entries(all)
  .map(([name, { description }]) => `  ${name.padEnd(width)}   ${description}`)
  .join("\n")}

Each but cost runs ours and the peer's in turns. All print a table and write benchmarks/results/NAME.json.
\`npm run bench -- table\` prints what is there as Markdown.

  --repetitions N   timed iterations of each side, after one that warms up (default 7, cartpole 3)
  --backend NAME    auto, gpu, webgpu, native, wasm or cpu (default: ACCORD_BACKEND, else auto)
  --python PATH     a Python with torch and transformers (default: ACCORD_PEER_PYTHON, else an environment
                    that is made in benchmarks/.peer the first time)
  --out FOLDER      where NAME.json goes (default: benchmarks/results)
  --help            this text
`;
