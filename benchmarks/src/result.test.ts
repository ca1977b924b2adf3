import { describe, expect, it } from "vitest";
import { formatCase, formatRoofline } from "./report.ts";
import { assembleResult, type ResultHeader } from "./result.ts";
import { markdownTables } from "./results-table.ts";

const header: ResultHeader = {
  name: "demo",
  unit: "ms",
  backend: "native",
  versions: { node: "v20" },
  rates: {
    ours: { matmulGflops: 100, copyGigabytes: 10 },
    peer: { matmulGflops: 200, copyGigabytes: 20 },
  },
  repetitions: 2,
  machine: "2 × processor",
  date: "2026-01-01",
};
const one = {
  ours: [{ step: 2 }, { step: 4 }],
  peers: { plain: [{ step: 4 }, { step: 4 }], tuned: [{ step: 2 }, { step: 2 }] },
  agreement: { loss: 1e-6 },
  work: { step: { flops: 1e8, bytes: 1e6 } },
};

describe("assembleResult", () => {
  it("puts the first peer of the last case on top, and all peers and cases beside", () => {
    const small = { ...one, peers: { peer: [{ step: 1 }, { step: 1 }] } };
    const result = assembleResult(header, { cases: { small, mid: one }, versions: { torch: "2" } });
    expect(result).toMatchObject({
      name: "demo",
      ours: { median: 3, min: 2, max: 4 },
      peer: { median: 4 },
      ratio: { median: 0.75, low: 0.5, high: 1 },
      ratios: { plain: { median: 0.75 }, tuned: { median: 1.5, low: 1, high: 2 } },
      unit: "ms",
      backend: "native",
      versions: { node: "v20", torch: "2" },
      cases: { small: { ratio: { median: 3 } }, mid: { ratio: { median: 0.75 } } },
    });
    expect(result.cases?.small).not.toHaveProperty("peers");
  });

  it("gives each engine its own roofline, in seconds", () => {
    const { roofline } = assembleResult(header, { cases: { one }, versions: {} });
    // 0.1 GFLOP: 1 ms at 100 GFLOP/s of 3 ms; 0.5 ms at 200 of 4.
    expect(roofline.step?.ours.share).toBeCloseTo(1 / 3);
    expect(roofline.step?.peer.share).toBeCloseTo(1 / 8);
    expect(roofline.step?.peer.limit).toBe("calls and small operations");
  });
});

describe("what is printed", () => {
  const result = assembleResult(header, { cases: { one }, versions: {} });

  it("has a column for each peer and each ratio", () => {
    const [head, row] = formatCase(result, "ms").split("\n");
    expect(head).toMatch(/ours +plain +tuned +ours \/ plain +ours \/ tuned/);
    expect(row).toMatch(/in all +3\.00 \(2\.00–4\.00\) .* 0\.75 \(0\.50–1\.00\) +1\.50 \(1\.00–2\.00\)/);
    expect(formatRoofline(result)).toContain("0.100 GFLOP");
  });

  it("is Markdown for the README", () => {
    const text = markdownTables([result]);
    expect(text).toContain(
      "| demo, plain peer | 3.0 (2.0–4.0) ms | 4.0 (4.0–4.0) ms | **0.75** (0.50–1.00) |",
    );
    expect(text).toContain("| demo | 100 / 200 | 10.0 / 20.0 | native | 2 × processor | 2026-01-01 |");
  });
});
