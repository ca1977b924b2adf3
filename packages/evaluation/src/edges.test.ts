import { expect, it } from "vitest";
import edges from "./__fixtures__/edges.json" with { type: "json" };
import { reliabilityBins } from "./calibration.ts";
import { chrf } from "./chrf.ts";

const { inputs, outputs } = edges;
const view = new DataView(new ArrayBuffer(8));

/** The float64 numbers beside a positive one. */
const neighbour = (value: number, step: 1n | -1n): number => {
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + step);
  return view.getFloat64(0);
};

it.each(inputs.bins.map((bins, index) => [bins, outputs.counts[index]] as const))(
  "puts the edges of %i bins and their neighbours where numpy's digitize puts them",
  (bins, counts) => {
    const at = Array.from({ length: bins + 1 }, (_, k) => k / bins);
    const above = at.slice(0, -1).map((edge) => (edge === 0 ? Number.MIN_VALUE : neighbour(edge, 1n)));
    const values = [...at, ...at.slice(1).map((edge) => neighbour(edge, -1n)), ...above];
    const groups = reliabilityBins(
      values,
      values.map(() => 0),
      { bins },
    );
    expect(groups.map(({ count }) => count)).toEqual(counts);
  },
);

it("puts 0.28 of 25 bins into the one that ends there", () => {
  // 0.28 is 7/25, the upper edge of bin 6, but 0.28·25 is 7.000000000000001.
  expect(reliabilityBins([0.28], [1], { bins: 25 })[6]).toMatchObject({ high: 0.28, count: 1 });
});

it.each(inputs.codes.map((code, index) => [code.toString(16), index] as const))(
  "treats U+%s in chrF as sacrebleu does",
  (_, index) => {
    const space = String.fromCharCode(inputs.codes[index] as number);
    const text = `${space}the${space}cat sat${space}${space}on the mat${space}`;
    expect(chrf(text, inputs.reference)).toBeCloseTo(outputs.chrf[index] as number, 10);
    expect(chrf(text, inputs.reference, { wordOrder: 2 })).toBeCloseTo(
      outputs.chrfPlusPlus[index] as number,
      10,
    );
  },
);
