import { computeAnswers, measurePerformance } from "./measurements.ts";
import type { GpuSizeName } from "./sizes.ts";

/** One backend in a process of its own: what it answers, or how fast it is, as a line of JSON. */
const [what, size] = process.argv.slice(2);
const result = what === "answers" ? await computeAnswers() : await measurePerformance(size as GpuSizeName);
// Dawn keeps threads that would hold the process.
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
