import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccordError, createRandom } from "@accord-rl/core";
import { startCounting, takeCount } from "./count-allocations.ts";
import { mutate } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** What small helpers of a reader may ask for beside the file: tables, decoders, windows. */
const allowance = 2 ** 14;

export interface FuzzReport {
  /** Read without an error: the damage only changed values. */
  readonly read: number;
  /** Refused with a named error. */
  readonly refused: number;
  /** What was wrong, with the mutation's number. */
  readonly failures: readonly string[];
}

const named = new Set(["CheckpointError", "DataError"]);

const failureOf = (error: unknown): string | undefined => {
  if (AccordError.isInstance(error) && named.has(error.name)) {
    return error.message.length > 2000 ? `a message of ${error.message.length} characters` : undefined;
  }
  return `an error without a name of ours: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
};

/**
 * Reads damaged files one after the other. The i-th of a seed is always the same.
 *
 * @param onCase  is told each one's number before it is read
 */
export const runTarget = async (
  target: FuzzTarget,
  { mutations, seed, only }: { mutations: number; seed: number; only?: number | undefined },
  onCase: (index: number) => void,
): Promise<FuzzReport> => {
  const seeds = await target.seeds();
  const folder = await mkdtemp(join(tmpdir(), "accord-fuzz-"));
  const path = join(folder, "damaged");
  const report = { read: 0, refused: 0, failures: [] as string[] };
  const read = async (bytes: Uint8Array): Promise<{ error?: unknown; requested: number; limit: number }> => {
    await writeFile(path, bytes);
    let declared = 0;
    takeCount();
    let error: unknown;
    try {
      await target.read(path, (more) => {
        declared += more;
      });
    } catch (cause) {
      error = cause;
    }
    return { error, requested: takeCount(), limit: 2 * bytes.length + declared + allowance };
  };
  let stop = () => {};
  try {
    // What is made once, such as tables, is made here; and a seed that can't be read would make every case vacuous.
    for (const bytes of seeds) {
      const { error } = await read(bytes);
      if (error !== undefined) throw error;
    }
    stop = startCounting();
    const root = createRandom(seed);
    for (let index = only ?? 0; index < (only === undefined ? mutations : only + 1); index++) {
      const random = root.fork(String(index));
      const damaged = mutate(seeds[random.integer(seeds.length)] as Uint8Array, random);
      onCase(index);
      const { error, requested, limit } = await read(damaged);
      const failure = error === undefined ? undefined : failureOf(error);
      if (failure !== undefined) report.failures.push(`mutation ${index}: ${failure}`);
      else if (error !== undefined) report.refused++;
      else report.read++;
      if (requested > limit) {
        report.failures.push(`mutation ${index}: asked for ${requested} bytes, at most ${limit} may be`);
      }
    }
  } finally {
    stop();
    await rm(folder, { recursive: true });
  }
  return report;
};
