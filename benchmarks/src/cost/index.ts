import { join } from "node:path";
import { startBackend } from "@accord-rl/backend";
import { formatTable, writeReport } from "@accord-rl/runs";
import { jsonFromChild } from "../json-child.ts";
import type { OwnBenchmark } from "../own-benchmark.ts";
import { outFolder, writeJson } from "../report.ts";
import { machineName, today } from "../run-benchmark.ts";
import { costReport } from "./cost-report.ts";
import { type CostMeasurement, type CostPoint, type CostRow, grid } from "./grid.ts";
import { exponents } from "./scaling.ts";

const program = join(import.meta.dirname, "measure.ts");

const measure = (point: CostPoint, backend: string): Promise<CostMeasurement> =>
  jsonFromChild(program, [JSON.stringify(point)], {
    backend,
    what: `cost: width ${point.model.width}, batch ${point.batch}, length ${point.length}`,
  });

/** Time per token and memory of four models, three batch sizes and three lengths; each in a process of its own. */
export const cost: OwnBenchmark = {
  description: "time per token and resident memory: 4 model sizes × 3 batch sizes × 3 lengths, with plots",
  run: async ({ backend, out, log }) => {
    const started = await startBackend({ backend, log });
    log(`Backend: ${started.description}`);
    const rows: CostRow[] = [];
    for (const [index, point] of grid.entries()) {
      const row = { ...(await measure(point, started.name)), batch: point.batch, length: point.length };
      rows.push(row);
      log(
        `${index + 1}/${grid.length}: ${(row.parameters / 1e6).toPrecision(2)}M, batch ${row.batch}, length ${row.length}: training ${row.trainingMs.toPrecision(3)} ms a token, generation ${row.generationMs.toPrecision(3)}, ${row.residentMiB.toFixed(0)} MiB`,
      );
    }
    const growth = exponents(rows);
    log(`\nGrowth with each size, as a power (1 = linear):\n${formatTable(growth)}`);
    const path = writeJson(
      {
        name: "cost",
        unit: "ms per token; MiB",
        backend: started.name,
        machine: machineName(),
        date: today(),
        exponents: growth,
        rows,
      },
      out,
    );
    const page = join(outFolder(out), "cost.html");
    await writeReport(page, costReport(rows, machineName()));
    log(`\nWritten to ${path} and ${page}`);
  },
};
