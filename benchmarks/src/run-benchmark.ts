import { cpus } from "node:os";
import { startBackend } from "@accord-rl/backend";
import * as tf from "@tensorflow/tfjs-core";
import type { Benchmark } from "./benchmark.ts";
import type { BenchmarkOptions } from "./options.ts";
import { startPeer } from "./peer.ts";
import { peerScript } from "./peer-environment.ts";
import { measureOurRates, measurePeerRates } from "./rates.ts";
import { formatCase, formatMemory, formatRates, formatRoofline, writeJson } from "./report.ts";
import { assembleResult, type BenchmarkResult } from "./result.ts";

export const machineName = (): string => `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`;
export const today = (): string => new Date().toISOString().slice(0, 10);

export interface RunOptions extends Pick<BenchmarkOptions, "backend" | "repetitions" | "out"> {
  readonly python: string;
  /** The peer's. Default cpu. */
  readonly device?: string;
  /** Default true. */
  readonly isWritten?: boolean;
  readonly log: (line: string) => void;
}

/** Runs one benchmark from its start to its file. */
export const runBenchmark = async (
  name: string,
  benchmark: Benchmark,
  { backend, repetitions: wanted, python, device = "cpu", out, isWritten = true, log }: RunOptions,
): Promise<BenchmarkResult> => {
  const repetitions = wanted ?? benchmark.repetitions ?? 7;
  log(`\n${name}: ${benchmark.description}`);
  const started = await startBackend({ backend, log });
  log(`Backend: ${started.description}`);
  const peer = startPeer(python, peerScript(benchmark.script), { threads: cpus().length, device });
  try {
    // The peer's first: it answers only when it has loaded its libraries, which takes a core until then.
    const peerRates = await measurePeerRates(peer);
    const rates = { ours: await measureOurRates(), peer: peerRates };
    log(`\n${formatRates(rates)}\n`);
    const outcome = await benchmark.run({ peer, repetitions, log });
    const result = assembleResult(
      {
        name,
        unit: benchmark.unit,
        backend: started.name,
        versions: {
          node: process.version,
          "tfjs-core": tf.version_core,
          backend: started.description,
        },
        rates,
        repetitions,
        machine: machineName(),
        date: today(),
      },
      outcome,
    );
    for (const [caseName, one] of Object.entries(result.cases ?? { [name]: result })) {
      log(`\n${caseName}\n${formatCase(one, benchmark.unit)}\n${formatMemory(one)}${formatRoofline(one)}`);
    }
    if (isWritten) log(`\nWritten to ${writeJson(result, out)}`);
    return result;
  } finally {
    peer.dispose();
  }
};
