import type { Comparison } from "./compare.ts";
import type { Peer } from "./peer.ts";

export interface BenchmarkContext {
  readonly peer: Peer;
  readonly repetitions: number;
  readonly log: (line: string) => void;
}

/** Work that this project and a peer do in turns. */
export interface Benchmark {
  readonly description: string;
  readonly unit: string;
  /** The peer's program in `peers/`. */
  readonly script: string;
  run(context: BenchmarkContext): Promise<{
    readonly comparison: Comparison;
    /** How far the two sides' answers to the same question are apart. */
    readonly agreement: Readonly<Record<string, number>>;
    /** Of the peer's libraries. */
    readonly versions: Readonly<Record<string, string>>;
  }>;
}
