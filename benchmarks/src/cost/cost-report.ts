import { dataTable, lineChart, paragraphs, type Report, type Series, smallMultiples } from "@accord-rl/runs";
import { batches, type CostRow, lengths } from "./grid.ts";
import { exponents } from "./scaling.ts";

const million = (parameters: number): string => `${(parameters / 1e6).toPrecision(2)}M`;

type Size = "parameters" | "batch" | "length";

/** One curve for each value of `by`, over `x`, at the largest of what is left. */
const curves = (rows: readonly CostRow[], x: Size, by: Size, cost: (row: CostRow) => number): Series[] => {
  const rest = (["parameters", "batch", "length"] as const).find((size) => size !== x && size !== by)!;
  const fixed = Math.max(...rows.map((row) => row[rest]));
  const values = [...new Set(rows.map((row) => row[by]))];
  const label = (value: number) => (by === "parameters" ? million(value) : `${by} ${value}`);
  return values.map((value) => ({
    name: label(value),
    points: rows
      .filter((row) => row[rest] === fixed && row[by] === value)
      .map((row) => ({ x: x === "parameters" ? row.parameters / 1e6 : row[x], y: cost(row) })),
  }));
};

const chart = (title: string, xLabel: string, yLabel: string, series: readonly Series[]) =>
  lineChart({ title, xLabel, yLabel, series, smooth: 1 });

/** Time and memory against the sizes, as one page. */
export const costReport = (rows: readonly CostRow[], machine: string): Report => {
  const stepSeconds = (row: CostRow) => (row.trainingMs * row.batch * row.length) / 1000;
  const memory = (row: CostRow) => row.residentMiB;
  return {
    title: "Cost against size",
    subtitle: `${machine}; largest batch ${batches.at(-1)}, longest text ${lengths.at(-1)} tokens`,
    sections: [
      {
        title: "Growth",
        intro:
          "How many times the cost of a step grows when a size doubles, as a power of two: 1 is linear, 0 is constant.",
        blocks: [
          dataTable(exponents(rows)),
          paragraphs(
            "Training takes 6 operations for each weight and token, so its time should be linear in all three, a little more in the length for attention. Generation reads all weights for each step however many texts there are: in the batch it grows less than linearly until the arithmetic fills the processor. Memory is weights, moments and gradients (linear in the parameters) and what the backward pass keeps (linear in the tokens).",
          ),
        ],
      },
      {
        title: "Training",
        blocks: [
          smallMultiples([
            chart(
              "Time of a token",
              "million parameters",
              "ms",
              curves(rows, "parameters", "batch", (row) => row.trainingMs),
            ),
            chart("Time of a step", "sequences", "seconds", curves(rows, "batch", "parameters", stepSeconds)),
            chart(
              "Time of a step",
              "tokens of a sequence",
              "seconds",
              curves(rows, "length", "parameters", stepSeconds),
            ),
          ]),
        ],
      },
      {
        title: "Generation",
        blocks: [
          smallMultiples([
            chart(
              "Time of a token",
              "million parameters",
              "ms",
              curves(rows, "parameters", "batch", (row) => row.generationMs),
            ),
            chart(
              "Time of a token",
              "tokens of a text",
              "ms",
              curves(rows, "length", "parameters", (row) => row.generationMs),
            ),
          ]),
        ],
      },
      {
        title: "Memory",
        blocks: [
          smallMultiples([
            chart(
              "Resident memory",
              "million parameters",
              "MiB",
              curves(rows, "parameters", "batch", memory),
            ),
            chart("Resident memory", "sequences", "MiB", curves(rows, "batch", "parameters", memory)),
            chart(
              "Resident memory",
              "tokens of a sequence",
              "MiB",
              curves(rows, "length", "parameters", memory),
            ),
          ]),
        ],
      },
      {
        title: "All measurements",
        blocks: [
          dataTable(
            rows.map(({ parameters, batch, length, trainingMs, generationMs, residentMiB }) => ({
              parameters: million(parameters),
              batch,
              length,
              "training, ms a token": trainingMs,
              "generation, ms a token": generationMs,
              "resident, MiB": Math.round(residentMiB),
            })),
          ),
        ],
      },
    ],
  };
};
