/** Reads all files of a folder in a process of its own, for tests. Prints what became of each, one per line. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "@accord-rl/core";
import { collect, streamRows } from "./index.ts";

const folder = process.argv[2] ?? "";
for (const name of readdirSync(folder)) {
  // The last line names a file that ends the process.
  process.stdout.write(`${name}\n`);
  const start = process.cpuUsage();
  const error: unknown = await collect(streamRows(join(folder, name))).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  // Of the processor, so that others' load does not count.
  const { user, system } = process.cpuUsage(start);
  const milliseconds = Math.round((user + system) / 1000);
  const isNamed = error === undefined || (DataError.isInstance(error) && error.message.length < 2000);
  const outcome = error === undefined ? "read" : String(error).slice(0, 300);
  process.stdout.write(`${JSON.stringify({ name, isNamed, milliseconds, outcome })}\n`);
}
process.stdout.write(`${JSON.stringify({ megabytes: process.resourceUsage().maxRSS / 1024 })}\n`);
