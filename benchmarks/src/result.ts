import type { BenchmarkOutcome, CaseOutcome } from "./benchmark.ts";
import { type Comparison, compareTimings, type Measured, type MeasuredRatio } from "./compare.ts";
import type { EngineRates } from "./rates.ts";
import { type Roofline, rooflineOf } from "./roofline.ts";
import { secondsPerUnit } from "./units.ts";

export type Rooflines = Readonly<Record<string, { readonly ours: Roofline; readonly peer: Roofline }>>;

export interface CaseResult extends Comparison {
  /** Where there is more than one peer: all of them. `peer` and `ratio` are the first one's. */
  readonly peers?: Readonly<Record<string, Measured>>;
  readonly ratios?: Readonly<Record<string, MeasuredRatio>>;
  /** How far the sides' answers to the same question are apart. */
  readonly agreement: Readonly<Record<string, number>>;
  /** The most memory that each side's process has had, loading included, where it was measured. */
  readonly peakBytes?: Readonly<Record<string, number>>;
  /** What limits each part, for ours and for the first peer. */
  readonly roofline: Rooflines;
}

export interface ResultHeader {
  readonly name: string;
  readonly unit: string;
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rates: EngineRates;
  readonly repetitions: number;
  readonly machine: string;
  readonly date: string;
}

export interface BenchmarkResult extends ResultHeader, CaseResult {
  /** Where there is more than one workload: all of them. The fields above are those of the last one. */
  readonly cases?: Readonly<Record<string, CaseResult>>;
}

const caseResult = (outcome: CaseOutcome, { unit, rates }: ResultHeader): CaseResult => {
  const compared = Object.entries(outcome.peers).map(
    ([name, timings]) => [name, compareTimings(outcome.ours, timings)] as const,
  );
  const comparison = compared[0]![1];
  const seconds = (side: Measured, part: string) => side.parts[part]!.median * secondsPerUnit(unit);
  const roofline = Object.entries(outcome.work).map(([part, work]) => [
    part,
    {
      ours: rooflineOf(work, seconds(comparison.ours, part), rates.ours),
      peer: rooflineOf(work, seconds(comparison.peer, part), rates.peer),
    },
  ]);
  return {
    ...comparison,
    ...(compared.length > 1
      ? {
          peers: Object.fromEntries(compared.map(([name, { peer }]) => [name, peer])),
          ratios: Object.fromEntries(compared.map(([name, { ratio }]) => [name, ratio])),
        }
      : {}),
    ...(outcome.peakBytes && { peakBytes: outcome.peakBytes }),
    agreement: outcome.agreement,
    roofline: Object.fromEntries(roofline),
  };
};

/** What is written to benchmarks/results: the last case on top, all of them where there are several. */
export const assembleResult = (header: ResultHeader, outcome: BenchmarkOutcome): BenchmarkResult => {
  const cases = Object.entries(outcome.cases).map(([name, one]) => [name, caseResult(one, header)] as const);
  const main = cases.at(-1)![1];
  return {
    ...header,
    ...main,
    ...(cases.length > 1 ? { cases: Object.fromEntries(cases) } : {}),
    versions: { ...header.versions, ...outcome.versions },
  };
};
