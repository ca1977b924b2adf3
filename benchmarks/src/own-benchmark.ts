import type { BenchmarkOptions } from "./options.ts";

/** A measurement without a peer. */
export interface OwnBenchmark {
  readonly description: string;
  run(
    context: Pick<BenchmarkOptions, "backend" | "out"> & { readonly log: (line: string) => void },
  ): Promise<void>;
}
