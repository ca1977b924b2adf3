import { dataTable } from "./blocks.ts";
import type { ReportSection } from "./report-types.ts";

/** What a run was asked to do, as the last section of its report; where it is written is left out. */
export const optionsSection = (values: object): ReportSection => ({
  title: "Options",
  blocks: [
    dataTable(
      Object.entries(values)
        .filter(([name, value]) => name !== "out" && name !== "resume" && value !== undefined)
        .map(([option, value]) => ({ option, value: String(value) })),
    ),
  ],
});
