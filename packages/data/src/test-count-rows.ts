/** Counts the rows of a file, for tests that bound the heap: stream|read FILE. Prints rows and characters. */
import { readRows, streamRows } from "./index.ts";

const [, , way, path] = process.argv as unknown as [string, string, "stream" | "read", string];
const sizeOf = (value: unknown): number => (typeof value === "string" ? value : JSON.stringify(value)).length;
let [rows, characters] = [0, 0];
for await (const { value } of way === "stream" ? streamRows(path) : await readRows(path)) {
  rows += 1;
  characters += sizeOf(value);
}
process.stdout.write(JSON.stringify({ rows, characters }));
