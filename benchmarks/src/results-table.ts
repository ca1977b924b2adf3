import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatMarkdownTable } from "@accord-rl/runs";
import type { Ratio } from "./compare.ts";
import type { BenchmarkResult, CaseResult } from "./result.ts";
import type { Spread } from "./statistics.ts";

const isResult = (value: unknown): value is BenchmarkResult =>
  typeof value === "object" && value !== null && "ours" in value && "ratio" in value && "rates" in value;

/** All results of benchmarks with a peer in a folder, by name. */
export const readResults = (folder: string): BenchmarkResult[] => {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file): unknown => JSON.parse(readFileSync(join(folder, file), "utf8")))
    .filter(isResult);
};

const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));
const spread = ({ median, min, max }: Spread): string => `${number(median)} (${number(min)}–${number(max)})`;
const ratioText = ({ median, low, high }: Ratio): string =>
  `**${median.toFixed(2)}** (${low.toFixed(2)}–${high.toFixed(2)})`;

const rowsOf = (label: string, unit: string, result: CaseResult): string[][] => {
  const peers = Object.entries(result.peers ?? { "": result.peer });
  return peers.flatMap(([peer, measured]) => {
    const ratio = result.ratios?.[peer] ?? result.ratio;
    const name = peer === "" ? label : `${label}, ${peer} peer`;
    const whole = [name, `${spread(result.ours)} ${unit}`, `${spread(measured)} ${unit}`, ratioText(ratio)];
    const parts = Object.keys(result.ours.parts);
    if (parts.length < 2) return [whole];
    return [
      whole,
      ...parts.map((part) => [
        `— ${part}`,
        spread(result.ours.parts[part]!),
        spread(measured.parts[part]!),
        ratioText(ratio.parts[part]!),
      ]),
    ];
  });
};

/** The results as Markdown: times and ratios, what the machine gave in each run, and what limits. */
export const markdownTables = (results: readonly BenchmarkResult[]): string => {
  const casesOf = (result: BenchmarkResult) =>
    Object.entries(result.cases ?? { "": result as CaseResult }).map(
      ([name, one]) => [name === "" ? result.name : `${result.name}: ${name}`, one] as const,
    );
  const times = results.flatMap((result) =>
    casesOf(result).flatMap(([label, one]) => rowsOf(label, result.unit, one)),
  );
  const machines = results.map(({ name, rates, backend, machine, date }) => [
    name,
    `${rates.ours.matmulGflops.toFixed(0)} / ${rates.peer.matmulGflops.toFixed(0)}`,
    `${rates.ours.copyGigabytes.toFixed(1)} / ${rates.peer.copyGigabytes.toFixed(1)}`,
    backend,
    machine,
    date,
  ]);
  const limits = results.flatMap((result) =>
    casesOf(result).flatMap(([label, { roofline = {} }]) =>
      Object.entries(roofline).map(([part, { ours, peer }]) => [
        `${label}, ${part}`,
        `${(100 * ours.share).toFixed(0)} %, ${ours.limit}`,
        `${(100 * peer.share).toFixed(0)} %, ${peer.limit}`,
      ]),
    ),
  );
  return [
    formatMarkdownTable(["work", "ours", "peer", "ours / peer"], times),
    formatMarkdownTable(
      ["run", "matmul GFLOP/s, ours / peer", "copy GB/s, ours / peer", "backend", "machine", "date"],
      machines,
    ),
    formatMarkdownTable(["part", "ours: share of the bound, limit", "peer"], limits),
  ].join("\n\n");
};
