import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { safeJson } from "@accord-rl/core";
import { formatTable, resolvePath } from "@accord-rl/runs";
import type { Measured, MeasuredRatio, Ratio } from "./compare.ts";
import type { EngineRates } from "./rates.ts";
import type { CaseResult } from "./result.ts";
import type { Roofline } from "./roofline.ts";
import type { Spread } from "./statistics.ts";

export const resultsFolder = join(import.meta.dirname, "../results");

const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const range = ({ median, min, max }: Spread) => `${digits(median)} (${digits(min)}–${digits(max)})`;
const ratioText = ({ median, low, high }: Ratio) =>
  `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

/** Ours beside each peer, part by part and in all. */
export const formatCase = (result: CaseResult, unit: string): string => {
  const peers: Readonly<Record<string, Measured>> = result.peers ?? { peer: result.peer };
  const ratios: Readonly<Record<string, MeasuredRatio>> = result.ratios ?? { peer: result.ratio };
  const parts = Object.keys(result.ours.parts);
  const row = (
    name: string,
    pick: (side: Measured) => Spread,
    pickRatio: (side: MeasuredRatio) => Ratio,
  ) => ({
    [`${unit}: median (range)`]: name,
    ours: range(pick(result.ours)),
    ...Object.fromEntries(Object.entries(peers).map(([peer, side]) => [peer, range(pick(side))])),
    ...Object.fromEntries(
      Object.entries(ratios).map(([peer, side]) => [`ours / ${peer}`, ratioText(pickRatio(side))]),
    ),
  });
  return formatTable([
    ...(parts.length > 1
      ? parts.map((part) =>
          row(
            part,
            (side) => side.parts[part]!,
            (side) => side.parts[part]!,
          ),
        )
      : []),
    row(
      "in all",
      (side) => side,
      (side) => side,
    ),
  ]);
};

const boundText = ({ arithmeticSeconds, memorySeconds, seconds, share, limit }: Roofline): string =>
  `${digits(1000 * seconds)} ms; arithmetic alone ${digits(1000 * arithmeticSeconds)}, memory alone ${digits(1000 * memorySeconds)}: ${(100 * share).toFixed(0)} % of the bound, limited by ${limit}`;

/** The most memory of each side; nothing where it was not measured. */
export const formatMemory = ({ peakBytes }: CaseResult): string => {
  const sides = Object.entries(peakBytes ?? {}).map(
    ([side, bytes]) => `${side} ${(bytes / 2 ** 30).toFixed(2)} GiB`,
  );
  return sides.length > 0 ? `peak memory: ${sides.join(", ")}\n` : "";
};

/** One line for each part and side: how near it is to what the machine can do, and what keeps it from there. */
export const formatRoofline = ({ roofline }: CaseResult): string =>
  Object.entries(roofline)
    .flatMap(([part, { ours, peer }]) => [
      `${part}: ${digits(ours.flops / 1e9)} GFLOP, ${digits(ours.bytes / 1e9)} GB at least`,
      `  ours ${boundText(ours)}`,
      `  peer ${boundText(peer)}`,
    ])
    .join("\n");

export const formatRates = ({ ours, peer }: EngineRates): string =>
  formatTable([
    { "this machine, now": "matmul, GFLOP/s", ours: ours.matmulGflops, peer: peer.matmulGflops },
    { "this machine, now": "copy, GB/s", ours: ours.copyGigabytes, peer: peer.copyGigabytes },
  ]);

/** Where results go: what the user named, else benchmarks/results. */
export const outFolder = (out: string | null): string => (out === null ? resultsFolder : resolvePath(out));

/** @returns the path of <name>.json. */
export const writeJson = <Result extends { readonly name: string }>(
  result: Result,
  out: string | null,
): string => {
  const path = join(outFolder(out), `${result.name}.json`);
  mkdirSync(outFolder(out), { recursive: true });
  writeFileSync(path, `${safeJson(result, 2)}\n`);
  return path;
};
