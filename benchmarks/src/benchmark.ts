import type { Timing } from "./compare.ts";
import type { Peer } from "./peer.ts";
import type { Work } from "./roofline.ts";

export interface BenchmarkContext {
  readonly peer: Peer;
  readonly repetitions: number;
  readonly log: (line: string) => void;
}

/** One workload, measured. */
export interface CaseOutcome {
  readonly ours: readonly Timing[];
  /** By name; the first one is the peer that the others stand beside. */
  readonly peers: Readonly<Record<string, readonly Timing[]>>;
  /** How far the sides' answers to the same question are apart. */
  readonly agreement: Readonly<Record<string, number>>;
  /** The most memory that each side's process has had, where it was measured. */
  readonly peakBytes?: Readonly<Record<string, number>>;
  /** What has to be computed and moved, by part. */
  readonly work: Readonly<Record<string, Work>>;
}

export interface BenchmarkOutcome {
  /** By name; the last one is the main one. */
  readonly cases: Readonly<Record<string, CaseOutcome>>;
  /** Of the peer's libraries. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Work that this project and a peer do in turns. */
export interface Benchmark {
  readonly description: string;
  /** What is timed, such as "seconds". */
  readonly unit: "seconds" | "ms" | "s per 1000 steps";
  /** Default 7. */
  readonly repetitions?: number;
  /** The peer's program in `peers/`. */
  readonly script: string;
  run(context: BenchmarkContext): Promise<BenchmarkOutcome>;
}
