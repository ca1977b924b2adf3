import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BackendName, startBackend } from "@accord-rl/backend";
import { AccordError, cleanText } from "@accord-rl/core";
import { runCommand } from "../command.ts";
import { jsonFromChild } from "../json-child.ts";
import { benchmarks } from "../registry.ts";
import { outFolder, writeJson } from "../report.ts";
import { machineName, runBenchmark, today } from "../run-benchmark.ts";
import { runMain } from "../run-main.ts";
import { compareAnswers } from "./compare-answers.ts";
import { type GpuResult, gpuMarkdown, type PeerRatio } from "./gpu-report.ts";
import { describeGpu, findPeerPython } from "./machine.ts";
import type { Answers, Performance } from "./measurements.ts";
import { chipPeak } from "./peaks.ts";
import { sizes } from "./sizes.ts";

const help = `benchmarks/gpu [options]

Does the acceptance on a machine with a GPU: correctness against the CPU, generation, a PPO iteration, TFLOP/s against
the chip's peak, and PyTorch on the same GPU where it is installed. Writes gpu.json and gpu.md.

  --backend NAME   gpu (CUDA), webgpu, native or wasm; default: gpu where it starts, else webgpu.
                   native and wasm are for trying the script without a GPU
  --size NAME      full, or tiny for a minute's trial (default full)
  --python PATH    a Python with torch and transformers (default python3)
  --out FOLDER     default benchmarks/results
`;

const log = (line: string): void => {
  process.stdout.write(`${cleanText(line)}\n`);
};
const missing: string[] = [];
const note = (line: string): void => {
  missing.push(line);
  log(line);
};

/** The reason why a backend does not start here; undefined where it does. */
const startProblem = async (backend: BackendName): Promise<string | undefined> => {
  const program = join(import.meta.dirname, "child-start.ts");
  const { code, output } = await runCommand(process.execPath, [...process.execArgv, program, backend]);
  return code === 0 ? undefined : output.trim().split("\n").at(-1);
};

const chooseFirst = async (names: readonly BackendName[], report: (line: string) => void) => {
  for (const name of names) {
    const problem = await startProblem(name);
    if (problem === undefined) return name;
    report(`${name} does not start here: ${problem}`);
  }
  return undefined;
};

const child = <Result>(backend: string, ...args: string[]): Promise<Result> =>
  jsonFromChild(join(import.meta.dirname, "child.ts"), args, { backend, what: `gpu: ${args[0]}` });

const besidePeer = async (backend: BackendName, python: string, device: string): Promise<PeerRatio[]> => {
  const rows: PeerRatio[] = [];
  for (const name of ["generate", "train-step", "ppo-iteration"]) {
    const options = { backend, python, device, out: null, repetitions: 3, log, isWritten: false };
    const result = await runBenchmark(name, benchmarks[name]!, options);
    const { ours, peer, ratio, unit } = result;
    rows.push({ name, ours: ours.median, peer: peer.median, ratio: ratio.median, unit });
  }
  return rows;
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      backend: { type: "string" },
      size: { type: "string", default: "full" },
      python: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return log(help);
  const size = values.size as keyof typeof sizes;
  if (!(size in sizes))
    throw new AccordError(`--size is "${size}", expected one of ${Object.keys(sizes).join(", ")}`);
  const machine = { ...(await describeGpu()), host: machineName() };
  log(`Chip: ${machine.chip ?? "no NVIDIA driver answers (nvidia-smi)"}`);
  const wanted =
    values.backend === undefined ? (["gpu", "webgpu"] as const) : [values.backend as BackendName];
  const backend = await chooseFirst(wanted, note);
  if (backend === undefined) {
    throw new AccordError(
      "gpu: no backend for a GPU starts here, for the reasons above. CUDA: npx accord-native install --gpu. WebGPU: npm install webgpu. To try the script without a GPU: --backend native --size tiny",
    );
  }
  const reference = await chooseFirst(backend === "native" ? ["wasm"] : ["native", "wasm"], log);
  if (reference === undefined)
    throw new AccordError("gpu: neither native nor wasm starts: nothing to compare with");

  log(`Correctness: ${backend} against ${reference} …`);
  const checks = compareAnswers(
    await child<Answers>(backend, "answers"),
    await child<Answers>(reference, "answers"),
  );
  for (const { name, difference, isFine } of checks)
    log(`  ${name}: ${difference.toPrecision(2)} ${isFine ? "" : "DIFFERS"}`);
  log(`Speed on ${backend}, size ${size} …`);
  const performance = await child<Performance>(backend, "performance", size);

  const device = backend === "gpu" ? "cuda" : "cpu";
  const python = backend === "webgpu" ? null : await findPeerPython(values.python ?? null, device, note);
  if (backend === "webgpu") note("PyTorch has no WebGPU: no comparison.");
  const peak = machine.chip === null ? null : (chipPeak(machine.chip) ?? null);
  if (peak === null)
    note(`The peak of ${machine.chip ?? "this chip"} is not known: no share of it is given.`);
  const peers = python === null || size === "tiny" ? [] : await besidePeer(backend, python, device);

  const started = await startBackend({ backend });
  const result: GpuResult = {
    name: "gpu",
    date: today(),
    size,
    machine,
    backend: started.description,
    reference,
    checks,
    performance,
    peak,
    peers,
    missing,
  };
  const markdown = gpuMarkdown(result);
  log(`\n${markdown}`);
  const path = writeJson(result, values.out ?? null);
  writeFileSync(join(outFolder(values.out ?? null), "gpu.md"), cleanText(markdown));
  log(`Written to ${path} and gpu.md beside it`);
  if (checks.some(({ isFine }) => !isFine))
    throw new AccordError("gpu: the backend's answers differ from the CPU's");
};

await runMain(main);
process.exit();
