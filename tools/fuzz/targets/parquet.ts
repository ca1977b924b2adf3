import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { streamRows } from "@accord-rl/data";
import type { FuzzTarget } from "../target.ts";

const fixture = join(import.meta.dirname, "../../../packages/data/src/__fixtures__/parquet.json");

/** What a row takes of typed arrays while it is read: each column packed and unpacked, its levels and its values. */
const rowBytes = (value: unknown): number => 4 * JSON.stringify(value).length;

/** Files of pyarrow in the plainest layout, in the commonest one, and in pages of the second version. */
const seeds = async (): Promise<readonly Uint8Array[]> => {
  const { inputs } = JSON.parse(await readFile(fixture, "utf8")) as { inputs: Record<string, string> };
  const names = ["none", "snappy", "gzip, plain", "none, pages of version 2", "lengths as differences"];
  return names.map((name) => new Uint8Array(Buffer.from(inputs[name]!, "base64")));
};

export const parquet: FuzzTarget = {
  seeds,
  read: async (path, declare) => {
    const named = `${path}.parquet`;
    await copyFile(path, named);
    for await (const { value } of streamRows(named)) declare(rowBytes(value));
  },
};
