import { cpus } from "node:os";
import { startBackend } from "@accord-rl/backend";
import { AccordError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Benchmark } from "./benchmark.ts";
import { type BenchmarkOptions, readOptions } from "./options.ts";
import { startPeer } from "./peer.ts";
import { peerScript, preparePeerPython } from "./peer-environment.ts";
import { ppoIteration } from "./ppo-iteration/index.ts";
import { measureOurRates, measurePeerRates } from "./rates.ts";
import { formatComparison, formatRates, writeResult } from "./report.ts";

const benchmarks: Readonly<Record<string, Benchmark>> = { "ppo-iteration": ppoIteration };

const help = `npm run bench -- NAME... [options]

${Object.entries(benchmarks)
  .map(([name, { description }]) => `  ${name}   ${description}`)
  .join("\n")}

Each runs ours and the peer's in turns, prints a table and writes benchmarks/results/NAME.json.

  --repetitions N   timed iterations of each side, after one that warms up (default 7)
  --backend NAME    auto, gpu, webgpu, native, wasm or cpu (default: ACCORD_BACKEND, else auto)
  --python PATH     a Python with torch and transformers (default: ACCORD_PEER_PYTHON, else an environment
                    that is made in benchmarks/.peer the first time)
  --help            this text
`;

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const runBenchmark = async (name: string, options: BenchmarkOptions, python: string): Promise<void> => {
  const benchmark = benchmarks[name]!;
  log(`\n${name}: ${benchmark.description}`);
  const started = await startBackend({ backend: options.backend, log });
  log(`Backend: ${started.description}`);
  const peer = startPeer(python, peerScript(benchmark.script), cpus().length);
  try {
    const rates = { ours: await measureOurRates(), peer: await measurePeerRates(peer) };
    log(`\n${formatRates(rates)}\n`);
    const { repetitions } = options;
    const { comparison, agreement, versions } = await benchmark.run({ peer, repetitions, log });
    log(`\n${formatComparison(comparison, benchmark.unit)}`);
    const path = writeResult({
      name,
      ...comparison,
      unit: benchmark.unit,
      backend: started.name,
      versions: {
        node: process.version,
        "tfjs-core": tf.version_core,
        backend: started.description,
        ...versions,
      },
      rates,
      agreement,
      repetitions,
      machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`,
      date: new Date().toISOString().slice(0, 10),
    });
    log(`\nWritten to ${path}`);
  } finally {
    peer.dispose();
  }
};

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2), process.env);
  const unknown = options.names.find((name) => !(name in benchmarks));
  if (options.isHelp || options.names.length === 0 || unknown !== undefined) {
    if (unknown !== undefined) process.stderr.write(`There is no benchmark "${unknown}".\n\n`);
    process.stdout.write(help);
    process.exitCode = options.isHelp ? 0 : 2;
    return;
  }
  const python = options.python ?? preparePeerPython(log);
  for (const name of options.names) await runBenchmark(name, options, python);
};

try {
  await main();
} catch (error) {
  if (!AccordError.isInstance(error) && !(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
