import { renderReport } from "@accord-rl/runs";
import { describe, expect, it } from "vitest";
import { parameterCount } from "../transformer-work.ts";
import { costReport } from "./cost-report.ts";
import { type CostRow, grid } from "./grid.ts";
import { exponentOf, exponents } from "./scaling.ts";

/** A machine whose steps are linear in everything, and whose memory grows with the weights alone. */
const rows: CostRow[] = grid.map(({ model, batch, length }) => {
  const parameters = parameterCount(model);
  return {
    parameters,
    batch,
    length,
    trainingMs: parameters / 1e6,
    generationMs: parameters / 1e6 / batch,
    residentMiB: 100 + parameters / 1e5,
    emptyMiB: 100,
  };
});

describe("scaling", () => {
  it("finds the power of a law", () => {
    const law = (power: number) => [1, 3, 10].map((x) => ({ x, y: 7 * x ** power }));
    for (const power of [0, 0.5, 1, 2]) expect(exponentOf(law(power))).toBeCloseTo(power);
  });

  it("tells linear from constant, size by size", () => {
    const [parameters, batch, length] = exponents(rows);
    expect(parameters).toMatchObject({ size: "parameters", training: expect.closeTo(1) });
    expect(batch).toMatchObject({ training: expect.closeTo(1), generation: expect.closeTo(0) });
    expect(length).toMatchObject({ training: expect.closeTo(1), memory: expect.closeTo(0) });
  });

  it("is a grid of 4 × 3 × 3, and a page that shows all of it", () => {
    expect(grid).toHaveLength(36);
    expect(new Set(rows.map(({ parameters }) => parameters)).size).toBe(4);
    const page = renderReport(costReport(rows, "a machine"));
    expect(page.match(/<svg/g)?.length).toBeGreaterThanOrEqual(8);
  });
});
