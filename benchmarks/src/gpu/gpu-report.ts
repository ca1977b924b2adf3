import type { Check } from "./compare-answers.ts";
import type { GpuMachine } from "./machine.ts";
import type { Performance } from "./measurements.ts";
import type { ChipPeak } from "./peaks.ts";

export interface PeerRatio {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly unit: string;
}

export interface GpuResult {
  readonly name: "gpu";
  readonly date: string;
  readonly size: string;
  readonly machine: GpuMachine & { readonly host: string };
  readonly backend: string;
  readonly reference: string;
  readonly checks: readonly Check[];
  readonly performance: Performance;
  readonly peak: ChipPeak | null;
  /** Ours beside PyTorch on the same device; empty without one. */
  readonly peers: readonly PeerRatio[];
  /** What was not done, and why. */
  readonly missing: readonly string[];
}

const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

const shareText = (teraflops: number, peak: ChipPeak | null): string => {
  if (peak === null) return "";
  const of = (limit: number, name: string) => `${((100 * teraflops) / limit).toFixed(0)} % of ${name}`;
  const tensor = peak.tensorFloat32 === null ? "" : `, ${of(peak.tensorFloat32, "TF32")}`;
  return ` (${of(peak.float32, "float32")}${tensor} peak)`;
};

/** The acceptance as a page of Markdown. */
export const gpuMarkdown = (result: GpuResult): string => {
  const { performance, peak, machine, checks, peers, missing } = result;
  const { rates } = performance;
  const table = (rows: readonly (readonly string[])[]) =>
    rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  const teraflops = (value: number) => `${digits(value)} TFLOP/s${shareText(value, peak)}`;
  const sections = [
    `# GPU acceptance, ${result.date}`,
    [
      `Chip: ${machine.chip ?? "none that an NVIDIA driver names"}${machine.memory === null ? "" : `, ${machine.memory}`}${machine.driver === null ? "" : `, driver ${machine.driver}`}.`,
      `Backend: ${result.backend}. Compared with: ${result.reference}. Sizes: ${result.size}. Host: ${machine.host}.`,
    ].join("\n"),
    `## Correctness\n\n${table([
      ["what", "difference", "allowed", ""],
      ["---", "---", "---", "---"],
      ...checks.map(({ name, difference, allowed, isFine }) => [
        name,
        difference.toPrecision(2),
        String(allowed),
        isFine ? "agrees" : "**differs**",
      ]),
    ])}`,
    `## Speed\n\n${table([
      ["what", "measured"],
      ["---", "---"],
      ["matrix product", teraflops(rates.matmulGflops / 1000)],
      ["copy", `${digits(rates.copyGigabytes)} GB/s`],
      ["generation", `${digits(performance.generatedTokensPerSecond)} tokens/s`],
      ["PPO iteration", `${digits(performance.ppoIterationSeconds)} s`],
      [
        `training step, ${(performance.trainedParameters / 1e6).toPrecision(3)}M parameters`,
        `${digits(performance.trainingStepMs)} ms, ${teraflops(performance.trainingTeraflops)}`,
      ],
    ])}`,
    ...(peers.length === 0
      ? []
      : [
          `## Beside PyTorch on the same device\n\n${table([
            ["what", "ours", "PyTorch", "ours / PyTorch"],
            ["---", "---", "---", "---"],
            ...peers.map(({ name, ours, peer, ratio, unit }) => [
              name,
              `${digits(ours)} ${unit}`,
              `${digits(peer)} ${unit}`,
              ratio.toFixed(2),
            ]),
          ])}`,
        ]),
    ...(missing.length === 0 ? [] : [`## Missing\n\n${missing.map((line) => `- ${line}`).join("\n")}`]),
  ];
  return `${sections.join("\n\n")}\n`;
};
