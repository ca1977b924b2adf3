import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Comparison, Ratio } from "./compare.ts";
import type { Rates } from "./rates.ts";
import type { Spread } from "./statistics.ts";

export interface BenchmarkResult extends Comparison {
  readonly name: string;
  readonly unit: string;
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rates: { readonly ours: Rates; readonly peer: Rates };
  /** How far the two sides' answers to the same question are apart. */
  readonly agreement: Readonly<Record<string, number>>;
  readonly repetitions: number;
  readonly machine: string;
  readonly date: string;
}

const results = join(import.meta.dirname, "../results");
const range = ({ median, min, max }: Spread) => `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
const ratioText = ({ median, low, high }: Ratio) =>
  `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

/** Rows of text in columns of equal width. */
export const formatTable = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};

export const formatComparison = ({ ours, peer, ratio }: Comparison, unit: string): string =>
  formatTable([
    [`${unit}: median (range)`, "ours", "peer", "ours / peer"],
    ...Object.keys(ours.parts).map((part) => [
      part,
      range(ours.parts[part]!),
      range(peer.parts[part]!),
      ratioText(ratio.parts[part]!),
    ]),
    ["in all", range(ours), range(peer), ratioText(ratio)],
  ]);

export const formatRates = ({ ours, peer }: { readonly ours: Rates; readonly peer: Rates }): string =>
  formatTable([
    ["this machine, now", "ours", "peer"],
    ["matmul, GFLOP/s", ours.matmulGflops.toFixed(0), peer.matmulGflops.toFixed(0)],
    ["copy, GB/s", ours.copyGigabytes.toFixed(1), peer.copyGigabytes.toFixed(1)],
  ]);

/** @returns the path of benchmarks/results/<name>.json. */
export const writeResult = (result: BenchmarkResult): string => {
  const path = join(results, `${result.name}.json`);
  mkdirSync(results, { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
};
