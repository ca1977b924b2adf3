import type { Benchmark } from "./benchmark.ts";
import { generate } from "./generate/index.ts";
import { ppoIteration } from "./ppo-iteration/index.ts";
import { rlUpdate } from "./rl-update/index.ts";
import { trainStep } from "./train-step/index.ts";

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  "ppo-iteration": ppoIteration,
  "train-step": trainStep,
  "rl-update": rlUpdate,
  generate,
};

const width = Math.max(...Object.keys(benchmarks).map((name) => name.length));

export const helpText = `npm run bench -- NAME... [options]

${Object.entries(benchmarks)
  .map(([name, { description }]) => `  ${name.padEnd(width)}   ${description}`)
  .join("\n")}

Each runs ours and the peer's in turns, prints a table and writes benchmarks/results/NAME.json.

  --repetitions N   timed iterations of each side, after one that warms up (default 7)
  --backend NAME    auto, gpu, webgpu, native, wasm or cpu (default: ACCORD_BACKEND, else auto)
  --python PATH     a Python with torch and transformers (default: ACCORD_PEER_PYTHON, else an environment
                    that is made in benchmarks/.peer the first time)
  --out FOLDER      where NAME.json goes (default: benchmarks/results)
  --help            this text
`;
